//! Publishes a result whole or not at all: it is written beside its target and renamed when it is
//! complete, so that whatever happens, the last good file stays as it was.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::output::{Format, NamedFile};
use crate::problem::{Problem, Result};

/// A file that is being written beside its target. Dropped before it is published, it is removed.
#[derive(Debug)]
pub struct Staged {
    target: PathBuf,
    file: NamedTempFile,
    _listed: Listed,
}

impl Staged {
    const SUFFIX: &'static str = ".partial";

    /// Begins a file for a target, in the target's folder, which is made if it is not there. A
    /// link is followed: the file that it names is replaced. What a run that was killed has left
    /// behind is removed first.
    pub fn new(target: &Path) -> Result<Self> {
        if target.is_dir() {
            return Err(Problem::usage(format!("{} is a folder", target.display())));
        }
        let cannot = |error: io::Error| cannot_write(target, &error);
        let target = &behind_links(target).map_err(cannot)?;
        let folder = folder_of(target);
        fs::create_dir_all(folder).map_err(cannot)?;
        let prefix = prefix(target);
        sweep(folder, &prefix);
        let file = begin(folder, &prefix).map_err(cannot)?;
        if let Ok(old) = fs::metadata(target) {
            // Whoever could not read the last result does not get to read this one.
            file.as_file().set_permissions(old.permissions()).map_err(cannot)?;
        }
        let listed = Listed::new(file.path());
        Ok(Self { target: target.clone(), file, _listed: listed })
    }

    /// What the result is written to.
    pub fn writer(&self) -> Result<NamedFile> {
        let file = self.file.as_file().try_clone();
        let file = file.map_err(|error| cannot_write(&self.target, &error))?;
        Ok(NamedFile::new(file, &self.target))
    }

    /// Puts the file in the place of its target, once it is safely on disk.
    pub fn publish(self) -> Result<()> {
        let Self { target, file, .. } = self;
        let cannot = |error: io::Error| cannot_write(&target, &error);
        file.as_file().sync_all().map_err(cannot)?;
        file.persist(&target).map_err(|error| cannot(error.error))?;
        // Without this a power cut could still bring back the old name.
        File::open(folder_of(&target)).and_then(|folder| folder.sync_all()).map_err(cannot)
    }
}

/// Removes every file that is being written. For a process that ends without unwinding.
pub fn abandon_all() {
    for path in unfinished().iter() {
        // Nothing can be done about what cannot be removed; the next run tries again.
        drop(fs::remove_file(path));
    }
}

/// The files that are being written by this process.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> std::sync::MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file's entry among the unfinished ones, for as long as it is.
#[derive(Debug)]
struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// Makes a temporary file and locks it: the lock is what tells a file in use from one that a
/// killed run has left behind. Another run may sweep the file away before it is locked.
fn begin(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .suffix(Staged::SUFFIX)
            .permissions(permissions())
            .tempfile_in(folder)?;
        match file.as_file().lock() {
            // Where files cannot be locked, none is ever taken for left behind.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            _ if file.path().exists() => return Ok(file),
            _ => {}
        }
    }
}

/// The file that a chain of links ends at, whether it is there or not.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    // As many as Linux follows.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Where the result of a report goes when it is written below a folder.
pub fn file_for(folder: &Path, report: &str, format: &Format) -> PathBuf {
    let mut file = folder.join(report).into_os_string();
    file.push(".");
    file.push(format.ending());
    file.into()
}

/// A new file is as readable as any other, where a temporary file would be private.
#[cfg(unix)]
fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666)
}

#[cfg(not(unix))]
fn permissions() -> fs::Permissions {
    fs::Permissions::from(Default::default())
}

fn prefix(target: &Path) -> String {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
    format!(".{}.", name.unwrap_or_default())
}

/// Removes what killed runs have left behind; a file that someone still writes is locked. What
/// cannot be removed does no harm.
fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let left_behind = name
            .is_some_and(|name| name.starts_with(prefix) && name.ends_with(Staged::SUFFIX))
            && File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if left_behind && fs::remove_file(&path).is_err() {
            return;
        }
    }
}

fn cannot_write(target: &Path, error: &io::Error) -> Problem {
    Problem::execution(format!("cannot write {}: {error}", target.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_old_file_stays_until_the_new_one_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a/report.csv");
        let write = |text: &str| {
            let staged = Staged::new(&target).unwrap();
            staged.writer().unwrap().write_all(text.as_bytes()).unwrap();
            staged
        };
        write("old").publish().unwrap();
        drop(write("half"));
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        write("new").publish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_private_file_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("real.csv", &link).unwrap();
        let staged = Staged::new(&link).unwrap();
        staged.writer().unwrap().write_all(b"new").unwrap();
        staged.publish().unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_staged_is_listed_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let staged = Staged::new(&folder.path().join("report.csv")).unwrap();
        let path = staged.file.path().to_owned();
        assert!(unfinished().contains(&path));
        drop(staged);
        assert!(!unfinished().contains(&path));
    }

    #[test]
    fn only_what_nobody_writes_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.csv");
        let dead = folder.path().join(".report.csv.dead.partial");
        fs::write(&dead, "left by a killed run").unwrap();
        let running = Staged::new(&target).unwrap();
        let another = Staged::new(&target).unwrap();
        assert!(!dead.exists());
        running.publish().unwrap();
        another.publish().unwrap();
    }
}
