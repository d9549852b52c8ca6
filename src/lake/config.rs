//! `tenure.toml`: where the lake of a project is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::problem::{Problem, Result, Source};

/// Where things are, with paths that the process can open.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The folder whose files and folders are tables.
    pub root: Option<PathBuf>,
    /// Tables by name, inside the root or anywhere else.
    pub tables: BTreeMap<String, PathBuf>,
    /// The folder of reports.
    pub reports: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    lake: Option<PathBuf>,
    reports: Option<PathBuf>,
    #[serde(default)]
    tables: BTreeMap<String, PathBuf>,
}

impl Config {
    /// The name of the file.
    pub const FILE: &'static str = "tenure.toml";

    /// The configuration that holds in a folder: the file in it or in the nearest parent that has
    /// one. Without any, the lake is `data` and the reports are in `queries`, if they are there.
    pub fn find(folder: &Path) -> Result<Self> {
        let here = std::env::current_dir().map_err(|error| {
            Problem::execution(format!("cannot tell the current folder: {error}"))
        })?;
        let absolute = here.join(folder);
        // Parents are named relative to the folder, so that messages show short paths.
        let mut base = folder.to_owned();
        for parent in absolute.ancestors() {
            if parent.join(Self::FILE).is_file() {
                return Self::read(&base);
            }
            base.push("..");
        }
        let lake = folder.join("data");
        Ok(Self {
            root: lake.is_dir().then_some(lake),
            tables: BTreeMap::new(),
            reports: folder.join("queries"),
        })
    }

    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Problem::usage(format!("cannot read {shown}: {error}")))?;
        let source = Source::new(shown, text);
        let raw: RawConfig =
            toml::from_str(&source.text).map_err(|error| invalid(&source, &error))?;
        let at = |path: PathBuf| folder.join(path);
        Ok(Self {
            root: raw.lake.map(at),
            tables: raw.tables.into_iter().map(|(name, path)| (name, at(path))).collect(),
            reports: at(raw.reports.unwrap_or_else(|| "queries".into())),
        })
    }

    /// Adds a table as the command line names it, `name=path`.
    pub fn add_table(&mut self, named: &str) -> Result<()> {
        let split = named.split_once('=').map(|(name, path)| (name.trim(), Path::new(path.trim())));
        let Some((name, path)) = split.filter(|(name, _)| !name.is_empty()) else {
            return Err(Problem::usage(format!("`{named}` names no table"))
                .hint("write `--table name=path`"));
        };
        if !path.exists() {
            return Err(Problem::usage(format!("there is nothing at {}", path.display()))
                .hint(format!("the table `{name}` was to be read from there")));
        }
        self.tables.insert(name.to_owned(), path.to_owned());
        Ok(())
    }
}

fn invalid(source: &Source, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or_default();
    let before = source.text.get(..span.start).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
    let message = error.message();
    let problem = Problem::usage(format!("{} is not valid: {message}", source.name))
        .at(source.place(line, column, span.len()));
    // serde puts the unknown key first and the known ones after it, all in backticks.
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next().filter(|_| message.starts_with("unknown field")) {
        Some(unknown) => problem.did_you_mean(unknown, quoted),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_pointed_at() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(Config::FILE), "# ours\nlaek = \"data\"\n").unwrap();
        let problem = Config::find(folder.path()).unwrap_err();
        let place = problem.place().unwrap();
        assert_eq!((place.line, place.column, place.length), (2, 1, 4));
        assert_eq!(problem.hints(), ["did you mean `lake`?"]);
    }

    #[test]
    fn a_parent_folder_may_hold_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(Config::FILE), "lake = \"exports\"").unwrap();
        let inside = folder.path().join("a/b");
        std::fs::create_dir_all(&inside).unwrap();
        let config = Config::find(&inside).unwrap();
        assert_eq!(config.root, Some(inside.join("../../exports")));
    }
}
