//! Cursors as clients see them: opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::analytics::Cursor;

/// The text for a cursor.
pub fn encode(cursor: Cursor) -> String {
    let mut bytes = Vec::with_capacity(24);
    bytes.extend(cursor.created_at.timestamp_micros().to_be_bytes());
    bytes.extend(cursor.event_id.into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The cursor of a text; none when [`encode`] did not write it.
pub fn decode(text: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (time, id) = bytes.split_first_chunk::<8>()?;
    let created_at: DateTime<Utc> = DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?;
    // The database knows fewer years than the text can name.
    let storable = (0..253_402_300_800).contains(&created_at.timestamp());
    storable.then_some(Cursor { created_at, event_id: Uuid::from_slice(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded_and_nothing_else() {
        let created_at = DateTime::from_timestamp_micros(1_769_376_600_123_456).unwrap();
        let cursor = Cursor { created_at, event_id: Uuid::from_u128(7) };
        assert_eq!(decode(&encode(cursor)), Some(cursor));
        for text in ["", "AZjxwn0e", "not base64!", &"A".repeat(64), &"_".repeat(32)] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
