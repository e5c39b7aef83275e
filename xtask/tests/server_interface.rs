//! The server's interface that is emitted from a document.

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use xtask::{Names, Ownership};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_interface_of_every_kind_of_constraint_is_up_to_date() {
    let folder = root().join("server/api/tests/constraints");
    let text = std::fs::read_to_string(folder.join("openapi.json")).unwrap();
    let document = serde_json::from_str(&text).unwrap();
    for output in xtask::emit::server::emit(&document, &Names::from_title("Constraints", "1.0.0")).unwrap() {
        if output.ownership == Ownership::Generated {
            let path = output.path.strip_prefix("server/api/src").unwrap();
            expect_file![folder.join(path)].assert_eq(&output.contents);
        }
    }
}
