//! The store of bytes, with faults.

use std::sync::Arc;

use async_trait::async_trait;

use super::catalog::faults;
use crate::domain::model::Part;
use crate::domain::ports::{Assembled, ObjectStore, PartBody, Upload, UploadToken};
use crate::domain::{DomainError, FileId, Sha256};

faults! {
    /// What can be wrong with the store of bytes.
    ObjectFault {
        BytesLeftBehind "bytes-left-behind" "The bytes of an aborted session are not removed",
        HashUnchecked "hash-unchecked" "completeFile does not compare the content with the declared hash",
    }
}

/// The store of bytes, with one fault.
pub struct FaultyObjects {
    right: Arc<dyn ObjectStore>,
    fault: ObjectFault,
}

impl FaultyObjects {
    /// A store that does what `right` does, but for the fault.
    pub fn new(right: Arc<dyn ObjectStore>, fault: ObjectFault) -> Self {
        Self { right, fault }
    }
}

#[async_trait]
impl ObjectStore for FaultyObjects {
    async fn begin(&self, file: FileId, content_type: Option<&str>) -> Result<UploadToken, DomainError> {
        self.right.begin(file, content_type).await
    }

    async fn put_part(&self, upload: &Upload, number: i32, body: PartBody) -> Result<String, DomainError> {
        self.right.put_part(upload, number, body).await
    }

    async fn discard_part(&self, upload: &Upload, part: &Part) -> Result<(), DomainError> {
        self.right.discard_part(upload, part).await
    }

    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: i64,
        hash: Option<&Sha256>,
    ) -> Result<Assembled, DomainError> {
        let checked = hash.filter(|_| self.fault != ObjectFault::HashUnchecked);
        self.right.assemble(upload, parts, size, checked).await
    }

    async fn tidy(&self, upload: &Upload, url: &str) -> Result<(), DomainError> {
        self.right.tidy(upload, url).await
    }

    async fn remove(&self, upload: &Upload) -> Result<(), DomainError> {
        match self.fault {
            ObjectFault::BytesLeftBehind => Ok(()),
            ObjectFault::HashUnchecked => self.right.remove(upload).await,
        }
    }
}
