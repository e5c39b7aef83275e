//! The secret of development mode: random, made once, readable by its owner only.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;

use crate::config::{MIN_SECRET_BYTES, Secret};

const FILE_NAME: &str = "development-jwt-secret";

/// The secret of this data folder, made if there is none yet.
pub(super) fn secret(data_dir: &Path) -> Result<Secret, String> {
    let path = data_dir.join(FILE_NAME);
    read_or_make(data_dir, &path).map(Secret::new).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_or_make(data_dir: &Path, path: &Path) -> std::io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(data_dir, path),
        Ok(secret) if secret.len() < MIN_SECRET_BYTES => Err(std::io::Error::other(format!(
            "a secret has at least {MIN_SECRET_BYTES} bytes, and this one has {}; remove the file, and a new one is made",
            secret.len()
        ))),
        read => read,
    }
}

fn make(data_dir: &Path, path: &Path) -> std::io::Result<String> {
    create_folder(data_dir)?;
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
    file.write_all(secret.as_bytes())?;
    file.as_file().sync_all()?;
    // Of two servers that start at once, the second takes the secret of the first.
    match file.persist_noclobber(path) {
        Ok(_) => Ok(secret),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(path),
        Err(error) => Err(error.error),
    }
}

/// Others may pass through the folder and see nothing of it: the account that PostgreSQL runs as may be another one. The
/// secret's own file is for its owner alone.
fn create_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o711);
    builder.create(path)
}
