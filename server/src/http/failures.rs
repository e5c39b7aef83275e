//! The one place where an error of the domain becomes an answer.

use server_api::types::{ApiError, DuplicateFilesError};
use server_api::{ApiFailure, Violation};

use super::answers;
use crate::auth::Refusal;
use crate::causes::with_causes;
use crate::domain::DomainError;

/// Seconds after which another try makes sense.
const RETRY_AFTER: u32 = 1;

/// An error that some operations declare and others cannot have.
#[derive(Debug)]
pub enum Declared {
    /// 409.
    Conflict(ApiError),
    /// 409 with the files that were uploaded before.
    Duplicates(DuplicateFilesError),
    /// 410.
    Gone(ApiError),
}

impl Declared {
    /// The failure of an operation that declares no such answer, though the domain gave it.
    pub fn undeclared(self) -> ApiFailure {
        ApiFailure::internal(format!("an answer that the contract does not declare: {self:?}"))
    }
}

/// The answer for an error: one that depends on the operation, or one that any operation can have.
pub fn declared(error: DomainError, request_id: &str) -> Result<Declared, ApiFailure> {
    let message = error.to_string();
    let api_error =
        |code: &str| ApiError { code: code.to_owned(), message: message.clone(), request_id: request_id.to_owned() };
    Err(match error {
        DomainError::SessionNotActive(_) => return Ok(Declared::Conflict(api_error("SESSION_NOT_ACTIVE"))),
        DomainError::FileExists(_) => return Ok(Declared::Conflict(api_error("FILE_EXISTS"))),
        DomainError::FileCompleted => return Ok(Declared::Conflict(api_error("FILE_COMPLETED"))),
        DomainError::FilesIncomplete { .. } => return Ok(Declared::Conflict(api_error("FILES_INCOMPLETE"))),
        DomainError::SessionExpired(_) => return Ok(Declared::Gone(api_error("SESSION_EXPIRED"))),
        DomainError::DuplicateFiles(files) => {
            return Ok(Declared::Duplicates(DuplicateFilesError {
                code: "DUPLICATE_FILE".to_owned(),
                message,
                request_id: request_id.to_owned(),
                duplicates: files.into_iter().map(answers::duplicate).collect(),
            }));
        }
        DomainError::NotFound(_) => ApiFailure::not_found(message),
        DomainError::TooLarge(_) => ApiFailure::too_large(message),
        DomainError::BadRequest(_) => ApiFailure::bad_request(message),
        DomainError::BodyTimeout => ApiFailure::timeout(message),
        DomainError::Invalid(violations) => ApiFailure::invalid(
            violations.into_iter().map(|violation| Violation::new(violation.path, violation.message)).collect(),
        ),
        DomainError::PartsLost => ApiFailure::invalid(vec![Violation::new("parts", message)]),
        DomainError::HashMismatch { .. } => ApiFailure::invalid(vec![Violation::new("hash", message.clone())])
            .with_code("HASH_MISMATCH")
            .with_message(message),
        DomainError::Unavailable(cause) => ApiFailure::unavailable(with_causes(&*cause), RETRY_AFTER),
        DomainError::Internal(cause) => ApiFailure::internal(with_causes(&*cause)),
    })
}

/// What stopped a body on its way becomes an error of the domain, and comes back as the same answer.
pub fn of_body(failure: &ApiFailure) -> DomainError {
    match failure.status().as_u16() {
        408 => DomainError::BodyTimeout,
        413 => DomainError::TooLarge(failure.message().to_owned()),
        _ => DomainError::BadRequest(failure.message().to_owned()),
    }
}

/// The answer to a request that speaks for nobody.
pub fn of_refusal(refusal: &Refusal) -> ApiFailure {
    match refusal {
        Refusal::Missing | Refusal::Invalid(_) => ApiFailure::unauthorized(refusal.to_string()),
        Refusal::KeysUnavailable => ApiFailure::unavailable(refusal, RETRY_AFTER),
    }
}
