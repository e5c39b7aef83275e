//! A stand-in for S3: moto's server, from PyPI, in a virtual environment below `target/`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::skipped;

const VERSION: &str = "5.2.2";

/// The settings of a server that stores into the bucket `bucket` at this address.
pub fn settings(endpoint: &str) -> [(&'static str, &str); 6] {
    [
        ("OBJECT_STORE_URL", "s3://bucket/some%20prefix"),
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
}

/// A running stand-in, stopped when it is dropped.
pub struct Moto {
    process: Child,
    /// Where it listens.
    pub endpoint: String,
}

impl Moto {
    /// Starts a stand-in with an empty bucket, or says why there is none.
    pub async fn start(bucket: &str) -> Option<Self> {
        let python = match install() {
            Ok(python) => python,
            Err(reason) => {
                skipped(&format!("no stand-in for S3: {reason}"));
                return None;
            }
        };
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/service/support/s3_stand_in.py"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()))
            .expect("the stand-in says where it listens");
        // Its log must go on being read, or it stops when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        reqwest::Client::new().put(format!("{endpoint}/{bucket}")).send().await.unwrap().error_for_status().unwrap();
        Some(Self { process, endpoint })
    }

    /// The settings of a server that stores into the bucket `bucket`.
    pub fn settings(&self) -> [(&'static str, &str); 6] {
        settings(&self.endpoint)
    }

    /// Where an object can be read, past the server.
    pub fn address(&self, url: &str) -> String {
        format!("{}/{}", self.endpoint, url.strip_prefix("s3://").unwrap())
    }
}

impl Moto {
    /// Gives up all uploads of a bucket, as a rule for old ones does.
    pub async fn give_up_uploads(&self, bucket: &str) {
        let client = reqwest::Client::new();
        let list =
            client.get(format!("{}/{bucket}?uploads", self.endpoint)).send().await.unwrap().text().await.unwrap();
        for upload in list.split("<Upload>").skip(1) {
            let field = |name: &str| upload.split_once(&format!("<{name}>")).unwrap().1.split_once('<').unwrap().0;
            let address = format!("{}/{bucket}/{}?uploadId={}", self.endpoint, field("Key"), field("UploadId"));
            client.delete(address).send().await.unwrap().error_for_status().unwrap();
        }
    }

    /// Removes an empty bucket.
    pub async fn remove(&self, bucket: &str) {
        let address = format!("{}/{bucket}", self.endpoint);
        reqwest::Client::new().delete(address).send().await.unwrap().error_for_status().unwrap();
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Python that has it, installed on first use. A lock keeps test programs that run at once from installing it twice.
fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{VERSION}"));
    let program = folder.join("bin/moto_server");
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
    let lock = File::create(folder.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if !program.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let packages = [format!("moto[s3]=={VERSION}"), "flask".to_owned(), "flask-cors".to_owned()];
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(packages))?;
    }
    Ok(folder.join("bin/python3"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
