//! Which files of a request the caller has uploaded before.

use super::model::{DuplicateFile, FileDeclaration, Sha256};

/// An earlier upload that the store found for one of the [`Candidates`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierUpload {
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub hash: Sha256,
    /// Where it is stored.
    pub url: String,
}

/// What to look for: sizes and hashes, side by side, each pair once. Files without a hash are never duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Sizes in bytes.
    pub sizes: Vec<i64>,
    /// SHA-256, one for each size.
    pub hashes: Vec<String>,
}

/// The candidates of a request.
pub fn candidates(files: &[FileDeclaration]) -> Candidates {
    let mut pairs: Vec<(i64, &str)> =
        files.iter().filter_map(|file| file.hash.as_ref().map(|hash| (file.size, hash.0.as_str()))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let (sizes, hashes) = pairs.into_iter().map(|(size, hash)| (size, hash.to_owned())).unzip();
    Candidates { sizes, hashes }
}

/// The files of a request that `earlier` uploads hold already, in the order of the request.
pub fn duplicates(files: &[FileDeclaration], earlier: &[EarlierUpload]) -> Vec<DuplicateFile> {
    let by_content: std::collections::HashMap<(i64, &Sha256), &str> =
        earlier.iter().map(|upload| ((upload.size, &upload.hash), upload.url.as_str())).collect();
    let known = |file: &FileDeclaration| {
        let url = by_content.get(&(file.size, file.hash.as_ref()?))?;
        Some(DuplicateFile { key: file.key.clone(), existing_url: (*url).to_owned() })
    };
    files.iter().filter_map(known).collect()
}
