//! Uploads a file and prints where it is stored: the whole way, from a session to its end.
//!
//! ```sh
//! cargo run -p upload-sessions-sdk --example upload -- http://127.0.0.1:3000 "$token" greeting.txt
//! ```

use std::error::Error;
use std::path::Path;

use sha2::{Digest, Sha256};
use upload_sessions_sdk::{Body, Client, Error as ClientError, errors, types};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, token, path] = arguments.as_slice() else {
        return Err("give the address of a server, a token, and a file".into());
    };
    let client = Client::builder().base_url(server).token(token).build()?;
    println!("{}", upload(&client, Path::new(path)).await?);
    Ok(())
}

/// Uploads a file, unless this user has uploaded it before; where it is stored.
pub async fn upload(client: &Client, path: &Path) -> Result<String, Box<dyn Error>> {
    let key = path.file_name().ok_or("a file has a name")?.to_string_lossy().into_owned();
    let size = std::fs::metadata(path)?.len();
    let hash = types::Sha256::try_from(sha256(path)?)?;

    // Open a session. The hash is what duplicate detection goes by; to a file that is there, the answer is 409.
    let file = types::SessionFile::builder().key(key.as_str()).size(i64::try_from(size)?).hash(hash.clone()).build()?;
    let request = types::CreateSessionRequest::builder().files([file]);
    let session = match client.create_session().body(request).send().await {
        Ok(session) => session.into_body(),
        Err(ClientError::Api(errors::CreateSessionError::Conflict(known))) => {
            let earlier = known.body().duplicates.first().ok_or("a duplicate of nothing")?;
            return Ok(earlier.existing_url.clone());
        }
        Err(error) => return Err(error.into()),
    };

    // Register the file, and send its parts: each is read from the disk while it is sent, and again when it must be repeated.
    let request = types::RegisterFileRequest::builder().key(key.as_str()).size(i64::try_from(size)?).hash(hash);
    let file = client.register_file().session_id(session.session_id).body(request).send().await?.into_body();
    let part_size = u64::try_from(session.part_size_bytes)?;
    let mut parts = Vec::new();
    for number in 1..=file.part_count {
        let start = u64::try_from(number - 1)? * part_size;
        let bytes = Body::file_range(path, start..size.min(start + part_size)).await?;
        let part = client.upload_part().session_id(session.session_id).file_id(file.file_id).part_number(number);
        let stored = part.body(bytes).send().await?.into_body();
        parts.push(types::CompletedPart::builder().part_number(number).etag(stored.etag).build()?);
    }

    // Put the file together, which checks its hash, and end the session.
    let request = types::CompleteFileRequest::builder().parts(parts);
    let complete = client.complete_file().session_id(session.session_id).file_id(file.file_id);
    let completed = complete.body(request).send().await?.into_body();
    client.finalize_session().session_id(session.session_id).send().await?;
    Ok(completed.file_url)
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
