//! Foreign tools: found, fetched, verified, and never half there.
#![cfg(unix)]

mod generator;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::{toolbox, workspace};
use tempfile::TempDir;
use xtask::emit::EmitError;
use xtask::tools::Toolbox;
use xtask::tools::openapi_generator::OpenApiGenerator;
use xtask::tools::pinned::{OPENAPI_GENERATOR_JAR, OPENAPI_GENERATOR_JAR_SHA256};
use xtask::tools::{hash, java};

fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn message(error: EmitError) -> String {
    match error {
        EmitError::Environment { message } => message,
        other => panic!("{other:?}"),
    }
}

/// A toolbox of its own with nothing in its cache.
fn empty(folder: &TempDir, path: impl Into<OsString>) -> Toolbox {
    Toolbox { cache: folder.path().join("cache"), java_home: None, path: path.into() }
}

/// A folder with Python and nothing else, for a `PATH` without Java.
fn only_python(folder: &Path) -> OsString {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(asked.stdout).unwrap();
    std::os::unix::fs::symlink(python.trim(), folder.join("python3")).unwrap();
    folder.as_os_str().to_owned()
}

#[test]
fn without_java_one_is_fetched_and_runs_the_generator() {
    let Some(found) = toolbox() else { return };
    let folder = tempfile::tempdir().unwrap();
    let too_old = script(&folder.path().join("old/bin"), "java", "echo 'java version \"1.8.0_401\"' >&2");
    let toolbox = Toolbox {
        java_home: too_old.parent().and_then(Path::parent).map(Path::to_owned),
        path: only_python(folder.path()),
        ..found
    };
    let java = java::java(&toolbox).unwrap();
    assert!(java.starts_with(&toolbox.cache), "{}", java.display());
    let said = OpenApiGenerator::find(&toolbox).unwrap().run(&["version".as_ref()]).unwrap();
    assert_eq!(said.trim(), "7.26.0");
}

#[test]
fn a_damaged_cache_is_repaired() {
    let Some(found) = toolbox() else { return };
    let folder = tempfile::tempdir().unwrap();
    let toolbox = Toolbox { cache: folder.path().to_owned(), ..found };
    OpenApiGenerator::find(&toolbox).unwrap();
    let entry = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).next().unwrap();
    let jar = entry.join(OPENAPI_GENERATOR_JAR);
    fs::write(&jar, "half a jar").unwrap();
    OpenApiGenerator::find(&toolbox).unwrap();
    assert_eq!(hash::of_file(&jar).unwrap(), OPENAPI_GENERATOR_JAR_SHA256);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_interrupted_download_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let download = "case \"$*\" in *--version) exit 0;; esac\n\
                    while [ \"$1\" != --dest ]; do shift; done\n\
                    echo half > \"$2/openapi_generator_cli.whl\"\necho 'connection reset' >&2\nexit 1";
    script(&folder.path().join("bin"), "python3", download);
    let toolbox = empty(&folder, folder.path().join("bin"));
    let said = message(OpenApiGenerator::find(&toolbox).unwrap_err());
    assert!(said.contains("cannot download openapi-generator-cli 7.26.0 by pip; check the network"), "{said}");
    assert!(said.ends_with("connection reset"), "{said}");
    assert_eq!(fs::read_dir(&toolbox.cache).unwrap().count(), 0);
}

#[test]
fn a_wheel_with_other_contents_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = "case \"$*\" in *--version) exit 0;; *zipfile*) mkdir -p \"$4/openapi_generator_cli\"\n\
                 echo other > \"$4/openapi_generator_cli/openapi-generator.jar\"; exit 0;; esac\n\
                 while [ \"$1\" != --dest ]; do shift; done\necho other > \"$2/other.whl\"";
    script(&folder.path().join("bin"), "python3", other);
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let toolbox = empty(&folder, path);
    let said = message(OpenApiGenerator::find(&toolbox).unwrap_err());
    assert_eq!(said, "the wheel of openapi-generator does not hold the expected jar");
    assert_eq!(fs::read_dir(&toolbox.cache).unwrap().count(), 0);
}

#[test]
fn without_python_the_error_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let said = message(OpenApiGenerator::find(&empty(&folder, "")).unwrap_err());
    assert!(said.contains("there is no Python 3 with pip on the PATH"), "{said}");
    assert!(said.contains("`apt install python3-pip`"), "{said}");
    assert!(said.contains("`--skip typescript`"), "{said}");
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cache"), "a file").unwrap();
    let said = message(OpenApiGenerator::find(&empty(&folder, "")).unwrap_err());
    assert!(said.contains("cannot write the cache folder"), "{said}");
    assert!(said.contains("CONTRACT_CACHE_DIR"), "{said}");
}

#[test]
fn the_published_document_passes_the_generators_own_validation_without_a_warning() {
    let document = workspace().join("openapi/openapi.json");
    if !document.is_file() {
        println!("skipped: there is no openapi/openapi.json");
        return;
    }
    let Some(toolbox) = toolbox() else { return };
    let arguments = ["validate".as_ref(), "--recommend".as_ref(), "--input-spec".as_ref(), document.as_os_str()];
    let said = OpenApiGenerator::find(&toolbox).unwrap().run(&arguments).unwrap();
    assert!(said.contains("No validation issues detected."), "{said}");
}
