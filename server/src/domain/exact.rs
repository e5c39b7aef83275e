//! Parts that have exactly the bytes that they must have.

use futures::{StreamExt, stream};

use super::{error::DomainError, ports::PartBody};

/// Refuses a part by what the client announces, before a byte of it is read.
pub fn check_announced(announced: Option<u64>, size: i64) -> Result<(), DomainError> {
    match announced.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)) {
        Some(bytes) if bytes > size => Err(too_large(size)),
        Some(bytes) if bytes < size => Err(too_small(size, bytes)),
        _ => Ok(()),
    }
}

/// The body, which ends in an error when it is longer or shorter than the part.
pub fn exactly(size: i64, body: PartBody) -> PartBody {
    let left = u64::try_from(size).unwrap_or(0);
    stream::unfold(Some((body, left)), move |state| async move {
        let (mut body, left) = state?;
        match body.next().await {
            Some(Ok(bytes)) => match left.checked_sub(bytes.len() as u64) {
                Some(left) => Some((Ok(bytes), Some((body, left)))),
                None => Some((Err(too_large(size)), None)),
            },
            Some(Err(error)) => Some((Err(error), None)),
            None if left > 0 => {
                let received = size.saturating_sub(i64::try_from(left).unwrap_or(i64::MAX));
                Some((Err(too_small(size, received)), None))
            }
            None => None,
        }
    })
    .boxed()
}

fn too_large(size: i64) -> DomainError {
    DomainError::TooLarge(format!("this part of the file has {size} bytes"))
}

fn too_small(size: i64, received: i64) -> DomainError {
    DomainError::invalid("body", format!("must have exactly {size} bytes, not {received}"))
}
