//! The rules that can be decided from one file alone, by their public names.

use crate::Code;

/// `file-too-large`
pub const FILE_TOO_LARGE: Code = Code("file-too-large");
/// `method-case`
pub const METHOD_CASE: Code = Code("method-case");
/// `missing-separator`
pub const MISSING_SEPARATOR: Code = Code("missing-separator");
/// `missing-url`
pub const MISSING_URL: Code = Code("missing-url");
/// `bad-header`
pub const BAD_HEADER: Code = Code("bad-header");
/// `bad-variable`
pub const BAD_VARIABLE: Code = Code("bad-variable");
/// `non-portable-trailer`
pub const NON_PORTABLE_TRAILER: Code = Code("non-portable-trailer");
/// `hash-in-headers`
pub const HASH_IN_HEADERS: Code = Code("hash-in-headers");
/// `response-chaining`
pub const RESPONSE_CHAINING: Code = Code("response-chaining");
/// `duplicate-name`
pub const DUPLICATE_NAME: Code = Code("duplicate-name");
/// `duplicate-variable`
pub const DUPLICATE_VARIABLE: Code = Code("duplicate-variable");
/// `reserved-tag`
pub const RESERVED_TAG: Code = Code("reserved-tag");
/// `unknown-tag`
pub const UNKNOWN_TAG: Code = Code("unknown-tag");
/// `misplaced-tag`
pub const MISPLACED_TAG: Code = Code("misplaced-tag");
/// `bad-annotation`
pub const BAD_ANNOTATION: Code = Code("bad-annotation");
/// `bad-type`
pub const BAD_TYPE: Code = Code("bad-type");
/// `unbalanced-json`
pub const UNBALANCED_JSON: Code = Code("unbalanced-json");

/// Every code of this crate with what it means, for the documentation.
pub const ALL: [(Code, &str); 17] = [
    (FILE_TOO_LARGE, "A request file is larger than 8 MiB and was not read"),
    (METHOD_CASE, "A method is not written in upper case; some tools then send GET (a warning)"),
    (MISSING_SEPARATOR, "A request line stands in a body; `###` is missing above it"),
    (MISSING_URL, "A request line has a method and no URL"),
    (BAD_HEADER, "A line below a request line is not a header, and no blank line separates it as a body"),
    (BAD_VARIABLE, "A line begins with `@` but is not `@name = value`"),
    (NON_PORTABLE_TRAILER, "A construct that only some tools understand: others send it as part of the body"),
    (HASH_IN_HEADERS, "A comment without a blank after its `#` between headers: some tools lose the headers below it"),
    (RESPONSE_CHAINING, "A variable takes its value from another request: not every tool supports that"),
    (DUPLICATE_NAME, "Two requests of a file have the same `@name`"),
    (DUPLICATE_VARIABLE, "A file gives a variable two values: tools differ in which one counts (a warning)"),
    (RESERVED_TAG, "An annotation that changes what some tools do when they run the file"),
    (UNKNOWN_TAG, "An annotation that is not part of the language"),
    (MISPLACED_TAG, "An annotation with nothing to belong to"),
    (BAD_ANNOTATION, "The text after a tag does not have the form of that tag"),
    (BAD_TYPE, "A type that does not exist or cannot be"),
    (UNBALANCED_JSON, "The brackets of a JSON document in comments do not balance"),
];
