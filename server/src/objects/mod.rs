//! Where bytes are kept: adapters for the domain's [`ObjectStore`] port.

mod bucket;
mod content;
mod local;
mod scratch;
mod sending;

use std::sync::Arc;

pub use bucket::BucketStore;
pub use local::LocalStore;
pub use scratch::Scratch;

use crate::config::Settings;
use crate::domain::ports::ObjectStore;

/// The store that the settings name: a bucket, or a folder in the data folder.
///
/// # Errors
///
/// In words, when the folder cannot be used or the bucket's settings make no sense.
pub fn open(settings: &Settings) -> Result<Arc<dyn ObjectStore>, String> {
    let scratch = Scratch::open(&settings.data_dir.join("scratch"))
        .map_err(|error| format!("{}: {error}", settings.data_dir.join("scratch").display()))?;
    match &settings.object_store_url {
        Some(url) => Ok(Arc::new(BucketStore::open(url, settings, scratch)?)),
        None => {
            let folder = settings.data_dir.join("objects");
            let store = LocalStore::open(&folder, scratch).map_err(|error| format!("{}: {error}", folder.display()))?;
            Ok(Arc::new(store))
        }
    }
}
