//! Publishes a result whole or not at all: it is written beside its target and renamed when it is
//! complete, so that whatever happens, the last good file stays as it was.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::output::Format;
use crate::problem::{Problem, Result};

/// A file that is being written beside its target. Dropped before it is published, it is removed.
#[derive(Debug)]
pub struct Staged {
    target: PathBuf,
    file: NamedTempFile,
}

impl Staged {
    const SUFFIX: &'static str = ".partial";

    /// Begins a file for a target, in the target's folder, which is made if it is not there.
    /// What a run that was killed has left there is removed first.
    pub fn new(target: &Path) -> Result<Self> {
        if target.is_dir() {
            return Err(Problem::usage(format!("{} is a folder", target.display())));
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let cannot = |error: io::Error| cannot_write(target, &error);
        fs::create_dir_all(folder).map_err(cannot)?;
        let prefix = prefix(target);
        sweep(folder, &prefix);
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(Self::SUFFIX)
            .permissions(permissions())
            .tempfile_in(folder)
            .map_err(cannot)?;
        // The lock is what tells a file in use from one that a killed run has left behind.
        file.as_file().lock().map_err(cannot)?;
        Ok(Self { target: target.to_owned(), file })
    }

    /// What the result is written to.
    pub fn writer(&self) -> Result<File> {
        self.file.as_file().try_clone().map_err(|error| cannot_write(&self.target, &error))
    }

    /// Puts the file in the place of its target, once it is safely on disk.
    pub fn publish(self) -> Result<()> {
        let Self { target, file } = self;
        let cannot = |error: io::Error| cannot_write(&target, &error);
        file.as_file().sync_all().map_err(cannot)?;
        file.persist(&target).map_err(|error| cannot(error.error))?;
        // Without this a power cut could still bring back the old name.
        if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot)?;
        }
        Ok(())
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
