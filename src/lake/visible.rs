//! The local files of a lake without those that are not part of it yet: what begins with `.` or
//! `_` is hidden, temporary or a marker of the program that writes the lake.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use super::at_hand;

/// Whether a part of a path below a table belongs to it. A partition column may begin with `_`.
pub(super) fn is_visible(part: &str) -> bool {
    !part.starts_with('.') && (!part.starts_with('_') || part.contains('='))
}

/// Local files, read only, as a table sees them.
#[derive(Debug, Default)]
pub struct VisibleFiles(Arc<LocalFileSystem>);

impl fmt::Display for VisibleFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lake's files")
    }
}

/// Whether a file lies below a prefix with nothing hidden in between.
fn is_visible_below(prefix: Option<&Path>, location: &Path) -> bool {
    let whole = Path::default();
    location
        .prefix_match(prefix.unwrap_or(&whole))
        .is_none_or(|mut parts| parts.all(|part| is_visible(part.as_ref())))
}

fn read_only() -> Error {
    Error::NotSupported { source: "a lake is only read".into() }
}

#[async_trait]
impl ObjectStore for VisibleFiles {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = self.0.path_to_filesystem(location)?;
        match at_hand::ranges(&path, ranges) {
            Some(bytes) => Ok(bytes),
            None => self.0.get_ranges(location, ranges).await,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        locations.map(|_| Err(read_only())).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let below = prefix.cloned();
        self.0
            .list(prefix)
            .try_filter(move |file| {
                futures::future::ready(is_visible_below(below.as_ref(), &file.location))
            })
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.0.list_with_delimiter(prefix).await?;
        listed.objects.retain(|file| is_visible_below(prefix, &file.location));
        listed.common_prefixes.retain(|folder| is_visible_below(prefix, folder));
        Ok(listed)
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ranges_are_those_of_the_file_and_one_beyond_its_end_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.parquet");
        let contents: Vec<u8> = (0..=250).cycle().take(300_000).collect();
        std::fs::write(&file, &contents).unwrap();
        let (files, path) = (VisibleFiles::default(), Path::from_filesystem_path(&file).unwrap());

        let ranges: [Range<usize>; 4] = [0..300_000, 299_999..300_000, 7..7, 1_000..201_000];
        let asked = ranges.clone().map(|range| range.start as u64..range.end as u64);
        let read = files.get_ranges(&path, &asked).await.unwrap();
        for (range, bytes) in ranges.into_iter().zip(read) {
            assert!(bytes == contents[range.clone()], "{range:?}");
        }
        let beyond = files.get_ranges(&path, &[0..1, 299_990..300_001]).await.unwrap_err();
        assert!(beyond.to_string().contains("events.parquet"), "{beyond}");
        let gone =
            files.get_ranges(&Path::from("not/there.parquet"), &[7..7, 0..1]).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
    }

    #[test]
    fn only_what_lies_below_the_table_is_judged() {
        let table = Path::from("home/.cache/lake/events");
        let visible = |below: &str| is_visible_below(Some(&table), &table.clone().join(below));
        assert!(is_visible_below(Some(&table), &Path::from("home/.cache/lake/events/a.parquet")));
        assert!(visible("_day=1"));
        for hidden in ["_temporary", ".hidden.parquet", "_metadata.parquet"] {
            assert!(!visible(hidden), "{hidden}");
        }
    }
}
