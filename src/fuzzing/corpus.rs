//! The corpus that fuzzing has left: each file reaches something that no other file does, or once
//! broke a law.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use super::TARGETS;

/// Returns the files of a target's corpus, by name.
pub(super) fn files(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_whole_corpus_keeps_the_laws() {
    std::thread::scope(|scope| {
        for (target, law) in TARGETS {
            scope.spawn(move || {
                let files = files(target);
                assert!(!files.is_empty(), "{target} has no corpus");
                for file in files {
                    let bytes = fs::read(&file).unwrap();
                    assert!(catch_unwind(|| law(&bytes)).is_ok(), "{} breaks a law", file.display());
                }
            });
        }
    });
}

#[test]
fn every_target_is_one_for_the_fuzzer_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name));
}
