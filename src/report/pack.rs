//! The folder of reports, and how a report in it is found.

use std::path::{Path, PathBuf};

use super::Report;
use crate::problem::{Problem, Result};

/// A folder of reports.
#[derive(Debug, Clone)]
pub struct Pack {
    folder: PathBuf,
}

/// The name of a report and the file it is in.
pub(super) type Named = (String, PathBuf);

impl Pack {
    /// The reports below a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The reports that are asked for, read; see [`Pack::find_all`].
    pub fn select(&self, asked: &[String]) -> Result<Vec<Report>> {
        let files = self.find_all(asked)?;
        files.iter().map(|(name, path)| Report::read(name, path)).collect()
    }

    /// The reports that are asked for, with their files: by name, by the name of a folder of the
    /// pack, or by the path of any file or folder. All of the pack when nothing is asked for.
    pub fn find_all(&self, asked: &[String]) -> Result<Vec<Named>> {
        if asked.is_empty() {
            let all = self.files()?;
            if all.is_empty() {
                let folder = self.folder.display();
                return Err(Problem::usage(format!("there is no report in {folder}"))
                    .hint("a report is a file that ends in .sql"));
            }
            return Ok(all);
        }
        let mut files: Vec<Named> = vec![];
        for one in asked {
            for (name, path) in self.find(one)? {
                if let Some((_, other)) = files.iter().find(|(known, _)| *known == name) {
                    if is_same(other, &path) {
                        continue;
                    }
                    let (one, other) = (other.display(), path.display());
                    return Err(Problem::usage(format!(
                        "{one} and {other} are both the report `{name}`"
                    ))
                    .hint("run them one at a time"));
                }
                files.push((name, path));
            }
        }
        Ok(files)
    }

    /// Every report of the pack, without reading any.
    pub fn files(&self) -> Result<Vec<Named>> {
        if !self.folder.is_dir() {
            let folder = self.folder.display();
            return Err(Problem::usage(format!("there is no folder {folder} with reports")));
        }
        files_below(&self.folder, &self.folder)
    }

    /// What a path is named from: the pack, if it lies in it.
    fn root_of<'a>(&'a self, path: &'a Path) -> &'a Path {
        let bare = path.strip_prefix(".").unwrap_or(path);
        if bare.starts_with(&self.folder) { &self.folder } else { path }
    }

    fn find(&self, asked: &str) -> Result<Vec<Named>> {
        let path = Path::new(asked);
        if path.is_file() {
            return Ok(vec![(name_of(path, self.root_of(path)), path.to_owned())]);
        }
        let known = if self.folder.is_dir() { self.files()? } else { vec![] };
        let asked_name = asked.trim_end_matches('/').trim_end_matches(".sql");
        let inside = format!("{asked_name}/");
        let named: Vec<Named> = known
            .iter()
            .filter(|(name, _)| name == asked_name || name.starts_with(&inside))
            .cloned()
            .collect();
        if !named.is_empty() {
            return Ok(named);
        }
        if path.is_dir() {
            let files = files_below(path, self.root_of(path))?;
            if files.is_empty() {
                return Err(Problem::usage(format!("there is no report in {asked}")));
            }
            return Ok(files);
        }
        let problem = Problem::usage(format!("there is no report `{asked}`"));
        // People leave out the folder; the last part of the name is what they remember.
        let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let same_end = known.iter().find(|(name, _)| last(name) == last(asked_name));
        Err(match same_end {
            Some((name, _)) => problem.hint(format!("did you mean `{name}`?")),
            None => problem.did_you_mean(asked, known.iter().map(|(name, _)| name.as_str())),
        }
        .hint("`tenure list` shows the reports"))
    }
}

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The name of the report in a file: its path below `root`, without `.sql`.
pub fn name_of(path: &Path, root: &Path) -> String {
    let bare = path.strip_prefix(".").unwrap_or(path);
    let below = bare.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let below = below.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
    let parts = below.with_extension("");
    let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn files_below(folder: &Path, root: &Path) -> Result<Vec<Named>> {
    let cannot =
        |error| Problem::execution(format!("cannot read the folder {}: {error}", folder.display()));
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            files.extend(files_below(&path, root)?);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push((name_of(&path, root), path));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_named_by_its_path_in_the_pack() {
        assert_eq!(
            name_of(Path::new("queries/survey/nps.sql"), Path::new("queries")),
            "survey/nps"
        );
        assert_eq!(
            name_of(Path::new("/elsewhere/nps.sql"), Path::new("/elsewhere/nps.sql")),
            "nps"
        );
    }
}
