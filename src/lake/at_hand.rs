//! What the system has of a file in its memory, read where it is needed: to hand such a read to
//! another thread and wait for it takes a tenth of a scan.

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;

/// The ranges of a file, unless a disk would have to be waited for or something is wrong: who then
/// asks in the usual way waits without holding up others, or learns what it is.
#[cfg(target_os = "linux")]
pub(super) fn ranges(path: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
    let file = std::fs::File::open(path).ok()?;
    ranges.iter().map(|range| bytes(&file, range)).collect()
}

/// Only Linux tells whether it would have to wait.
#[cfg(not(target_os = "linux"))]
pub(super) fn ranges(_: &Path, _: &[Range<u64>]) -> Option<Vec<Bytes>> {
    None
}

#[cfg(target_os = "linux")]
fn bytes(file: &std::fs::File, range: &Range<u64>) -> Option<Bytes> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let mut bytes = vec![0; usize::try_from(range.end.checked_sub(range.start)?).ok()?];
    let (mut rest, mut offset) = (&mut bytes[..], range.start);
    while !rest.is_empty() {
        let into = &mut [std::io::IoSliceMut::new(rest)];
        let read = match preadv2(file, into, offset, ReadWriteFlags::NOWAIT) {
            Err(Errno::INTR) => continue,
            Err(_) | Ok(0) => return None,
            Ok(read) => read,
        };
        rest = &mut rest[read..];
        offset += u64::try_from(read).ok()?;
    }
    Some(bytes.into())
}
