//! What tests of several files share.

use std::path::Path;

use xtask::tools::Toolbox;
use xtask::tools::openapi_generator::OpenApiGenerator;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The tools of this machine; none, and a printed word, where the generator cannot be had.
pub fn toolbox() -> Option<Toolbox> {
    let toolbox = Toolbox::from_environment().unwrap();
    match OpenApiGenerator::find(&toolbox) {
        Ok(_) => Some(toolbox),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}
