//! What statuses are called in generated code.

use heck::ToShoutySnakeCase;

/// The name of the variant of a status: `409` gives `Conflict`.
pub fn variant(status: u16) -> String {
    reason_phrase(status).map_or_else(|| format!("Status{status}"), str::to_owned)
}

/// The constant of `http::StatusCode` for a status. The `http` crate has kept the older names of two.
pub fn constant(status: u16) -> Option<String> {
    match status {
        413 => Some("PAYLOAD_TOO_LARGE".to_owned()),
        422 => Some("UNPROCESSABLE_ENTITY".to_owned()),
        _ => reason_phrase(status).map(ToShoutySnakeCase::to_shouty_snake_case),
    }
}

/// The reason phrase of a status as a name (RFC 9110, RFC 6585 and their kin).
fn reason_phrase(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritativeInformation",
        204 => "NoContent",
        205 => "ResetContent",
        206 => "PartialContent",
        301 => "MovedPermanently",
        302 => "Found",
        303 => "SeeOther",
        304 => "NotModified",
        307 => "TemporaryRedirect",
        308 => "PermanentRedirect",
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "PaymentRequired",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        407 => "ProxyAuthenticationRequired",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "LengthRequired",
        412 => "PreconditionFailed",
        413 => "ContentTooLarge",
        414 => "UriTooLong",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        417 => "ExpectationFailed",
        421 => "MisdirectedRequest",
        422 => "UnprocessableContent",
        423 => "Locked",
        424 => "FailedDependency",
        425 => "TooEarly",
        426 => "UpgradeRequired",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        431 => "RequestHeaderFieldsTooLarge",
        451 => "UnavailableForLegalReasons",
        500 => "InternalServerError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        507 => "InsufficientStorage",
        _ => return None,
    })
}
