//! What an annotation line (`# @tag payload`) says, once its payload is read.

use crate::{Span, Spanned};

/// One `# @tag payload` line.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// From the `@` to the end of the payload.
    pub span: Span,
    /// The tag without its `@`; `Expected` for the comment `Expected: 409 …`.
    pub name: Spanned<String>,
    /// What follows the tag, as written, without the blanks around it.
    pub payload: Spanned<String>,
    /// What it says.
    pub tag: Tag,
}

/// The tags of the contract language, and a place for those of others.
#[derive(Clone, Debug, PartialEq)]
pub enum Tag {
    /// `@api Title 1.0.0`
    Api { title: Spanned<String>, version: Spanned<String> },
    /// `@server url - text`
    Server { url: Spanned<String>, description: Option<Spanned<String>> },
    /// `@auth name http bearer [JWT] - text`
    Auth {
        /// What `@security` refers to.
        name: Spanned<String>,
        /// The HTTP scheme, in lower case: `bearer` or `basic`.
        scheme: Spanned<String>,
        bearer_format: Option<Spanned<String>>,
        description: Option<Spanned<String>>,
    },
    /// `@tag Name - text` declares one, `@tag A, B` uses some
    Tag { names: Vec<Spanned<String>>, description: Option<Spanned<String>> },
    /// `@schema Name: type - text`, or `@schema Name - text` before its fields
    Schema { name: Spanned<String>, ty: Option<Spanned<Type>>, description: Option<Spanned<String>> },
    /// `@operation operationId`
    Operation(Spanned<String>),
    /// `@summary text`
    Summary(Spanned<String>),
    /// `@description text`
    Description(Spanned<String>),
    /// `@security bearer [role:admin]`, `@security none`
    Security { scheme: Option<Spanned<String>>, roles: Vec<Spanned<String>> },
    /// `@deprecated [text]`
    Deprecated(Option<Spanned<String>>),
    /// `@path decl`
    Path(Declaration),
    /// `@query decl`
    Query(Declaration),
    /// `@header decl`
    Header(Declaration),
    /// `@body Name [media] - text`, `@body binary`
    Body {
        schema: Option<Spanned<String>>,
        binary: bool,
        media: Option<Spanned<String>>,
        description: Option<Spanned<String>>,
    },
    /// `@field decl`
    Field(Declaration),
    /// `@response status [Name] [media] - text`
    Response {
        status: Spanned<u16>,
        schema: Option<Spanned<String>>,
        media: Option<Spanned<String>>,
        description: Option<Spanned<String>>,
    },
    /// `@expect status 409`, `@expect 409`, or the comment `Expected: 409 …`
    Expect(Spanned<u16>),
    /// `@assert …`
    Assert(Assertion),
    /// `@within 5s`: for how many seconds a request may be sent again until its assertions hold
    Within(Spanned<u64>),
    /// `@capture name = …`
    Capture { variable: Spanned<String>, from: Spanned<Subject> },
    /// `@name requestName`
    Name(Spanned<String>),
    /// A tag that another tool acts on (`@loop`, `@import`, …): never given a meaning here.
    Foreign,
    /// A tag nobody knows.
    Unknown,
    /// A known tag whose payload could not be read; a diagnostic says why.
    Invalid,
}

/// `path ["?"] ":" type ["=" literal] [" - " text]`
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// What is declared.
    pub path: Spanned<Vec<Step>>,
    /// Written with `?`.
    pub optional: bool,
    /// Its type.
    pub ty: Spanned<Type>,
    /// The literal after `=`.
    pub default: Option<Spanned<serde_json::Value>>,
    /// The text after ` - `.
    pub description: Option<Spanned<String>>,
}

/// One step of a path such as `files[].hash` or `meta.*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A property.
    Property(String),
    /// `[]`, the items of an array.
    Items,
    /// `.*`, the values of a map.
    Values,
}

/// A type as written. One member stands for itself, several are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// What stands between the `|`.
    pub members: Vec<Member>,
}

/// One alternative of a type with what follows it, from left to right: `string(1..)[](..10)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name, literal or map.
    pub base: Spanned<Base>,
    /// `[]` and `( … )` in the order written; a constraint belongs to what stands before it.
    pub suffixes: Vec<Spanned<Suffix>>,
}

/// What a member begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// `string`, `int64`, `uuid`, …
    Primitive(Primitive),
    /// `UpperCamelCase`, a named schema.
    Named(String),
    /// `"a"`, one value of an enum.
    Literal(String),
    /// `null`
    Null,
    /// `map<T>`
    Map(Box<Type>),
}

/// What follows a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Suffix {
    /// `[]`
    Array,
    /// `(min..max)`: value, length or item count, by type. The numbers are kept as written.
    Range { min: Option<serde_json::Number>, max: Option<serde_json::Number> },
    /// `(/regex/)`, without its slashes.
    Pattern(String),
}

/// The types that need no declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Primitive {
    String,
    Boolean,
    Int32,
    Int64,
    Float,
    Double,
    Number,
    Uuid,
    Date,
    DateTime,
    Uri,
    UriReference,
    Email,
    Byte,
    Binary,
    Sha256,
    Object,
    Any,
}

/// What an assertion or a capture looks at in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `$.json.path`, kept as its steps: names and indices.
    Body(Vec<Selector>),
    /// `header Name`
    Header(String),
    /// `status`
    Status,
}

/// One step into an answer's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `.name` or `["name"]`
    Key(String),
    /// `[0]`
    Index(usize),
}

/// `subject operator operand`
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// What is looked at.
    pub subject: Spanned<Subject>,
    /// What must hold.
    pub predicate: Spanned<Predicate>,
}

/// What must hold of a subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// `== literal`; the literal may hold `{{variables}}`.
    Equal(serde_json::Value),
    /// `!= literal`
    NotEqual(serde_json::Value),
    /// `< number`, or a variable that holds one
    Less(serde_json::Value),
    /// `<= number`
    AtMost(serde_json::Value),
    /// `> number`
    Greater(serde_json::Value),
    /// `>= number`
    AtLeast(serde_json::Value),
    /// `contains literal`: a part of a text, or an item of a list
    Contains(serde_json::Value),
    /// `count == number`, and the other comparisons: of items, entries or characters
    Count(Box<Predicate>),
    /// `exists`
    Exists,
    /// `not exists`
    Absent,
    /// `matches /regex/`
    Matches(String),
}
