//! Values that are made when a request is sent.

use uuid::Uuid;

/// `{{$unsigned token}}`: what the variable `token` claims, without a signature.
pub const UNSIGNED: &str = "$unsigned";

/// A URL's path and query as editors send them: what no URL may hold is percent-encoded (RFC 3986), what is encoded
/// already stays.
pub fn encoded(path: &str) -> String {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    path.bytes().map(|b| if allowed(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The claims of a JSON Web Token under a header that says that nobody has signed them.
pub fn unsigned(token: &str) -> String {
    // `{"alg":"none"}`, and no claims where the token has none.
    let claims = token.split('.').nth(1).unwrap_or("e30");
    format!("eyJhbGciOiJub25lIn0.{claims}.")
}

/// A fresh value for a dynamic variable.
pub fn dynamic(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let now = chrono::Utc::now();
    match words.next()? {
        "$uuid" | "$guid" => Some(Uuid::new_v4().to_string()),
        "$timestamp" => Some(now.timestamp().to_string()),
        "$isoTimestamp" => Some(now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
        "$randomInt" => {
            let bounds: Vec<i64> = words.filter_map(|word| word.parse().ok()).collect();
            let (least, most) = match bounds[..] {
                [least, most] if least < most => (least, most),
                _ => (0, 1000),
            };
            let span = u128::from(most.abs_diff(least));
            let offset = Uuid::new_v4().as_u128() % span;
            Some((i128::from(least) + offset as i128).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_url_may_hold_is_encoded_and_the_rest_stays() {
        assert_eq!(encoded("/a b?q=ü%20&r=1"), "/a%20b?q=%C3%BC%20&r=1");
    }

    #[test]
    fn dynamic_variables_are_fresh_and_of_their_type() {
        assert_ne!(dynamic("$uuid"), dynamic("$uuid"));
        let number: i64 = dynamic("$randomInt 5 7").and_then(|text| text.parse().ok()).unwrap_or_default();
        assert!((5..7).contains(&number), "{number}");
        assert_eq!(dynamic("$nothing"), None);
    }

    #[test]
    fn a_token_without_its_signature_claims_the_same() {
        assert_eq!(unsigned("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"), "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.");
        assert_eq!(unsigned("no token"), "eyJhbGciOiJub25lIn0.e30.");
    }
}
