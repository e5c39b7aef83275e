//! The rules that need the whole contract, by their public names.

use httpfile::Code;
pub use httpfile::codes::{DUPLICATE_NAME, MISPLACED_TAG, UNBALANCED_JSON};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code($code);)*
        /// Every rule of this crate.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    /// Two things of one method and path, or two operations whose generated names are the same.
    DUPLICATE_OPERATION = "duplicate-operation";
    /// A `{{name}}` that nothing gives a value.
    UNRESOLVED_VARIABLE = "unresolved-variable";
    /// A value, or a file, that its variables make too large.
    VALUE_TOO_LONG = "value-too-long";
    /// A path that holds an identifier where a variable belongs.
    LITERAL_ID = "literal-id-without-operation";
    /// Requests that belong to no operation.
    NO_OPERATION_ID = "no-operation-id";
    /// An operation that never succeeds.
    NO_SUCCESS = "no-2xx-response";
    /// A request that expects a status that its operation does not declare.
    EXPECT_WITHOUT_RESPONSE = "expect-without-response";
    /// One name for two schemas, or samples of two types.
    SCHEMA_CONFLICT = "schema-conflict";
    /// A declared schema that no operation uses.
    DANGLING_SCHEMA = "dangling-schema";
    /// A name that no schema has.
    UNKNOWN_TYPE = "unknown-type";
    /// Nothing says what a value is.
    TYPE_UNKNOWN = "type-unknown";
    /// A field, parameter, tag or security scheme that is not there.
    UNKNOWN_NAME = "unknown-name";
    /// A type that the language cannot say, such as `string | int64`.
    UNSUPPORTED_TYPE = "unsupported-type";
    /// A range or pattern that does not fit its type.
    INVALID_CONSTRAINT = "invalid-constraint";
    /// A default that its own type does not allow.
    INVALID_DEFAULT = "invalid-default";
    /// An example that the final schema does not allow.
    EXAMPLE_MISMATCH = "example-mismatch";
    /// A body that should be JSON and is not.
    BODY_NOT_JSON = "body-not-json";
    /// A body where HTTP allows none.
    BODY_NOT_ALLOWED = "body-not-allowed";
    /// A schema name that generated code cannot use.
    RESERVED_SCHEMA_NAME = "reserved-schema-name";
    /// A body that is neither JSON nor a stream of bytes.
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type";
    /// What request files can say and a contract cannot: cookies, HTTP Basic, a body that may be left out.
    UNSUPPORTED_FEATURE = "unsupported-feature";
    /// Two names for one variable of a path.
    PATH_VARIABLE_CLASH = "path-variable-name-clash";
    /// A URL that has no path template.
    UNSUPPORTED_URL = "unsupported-url";
    /// A path before the path of a request that no server has, or one that a server has as well.
    BASE_PATH = "base-path";
    /// A method that OpenAPI does not know.
    UNSUPPORTED_METHOD = "unsupported-method";
    /// A file that an example refers to and that is not there.
    FILE_NOT_FOUND = "file-not-found";
    /// No `@api`, or more than one.
    API_DECLARATION = "api-declaration";
    /// Files without a single request.
    NO_REQUESTS = "no-requests";
}
