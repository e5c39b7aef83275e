//! Every place in a tree, so that trees can be compared without their places.

use httpfile::syntax::{Block, CommentJson, File, Leading, NotPortable, Request, Separator, Variable};
use httpfile::{Annotation, Base, Declaration, Span, Spanned, Tag, Type};

/// Calls a function on every span of a tree.
pub fn each(file: &mut File, f: &mut dyn FnMut(&mut Span)) {
    for Block { span, separators, leading, request } in &mut file.blocks {
        f(span);
        for Separator { span, test_id, title } in separators {
            f(span);
            optional(test_id, f);
            spanned(title, f);
        }
        leading.iter_mut().for_each(|item| self::leading(item, f));
        if let Some(request) = request {
            self::request(request, f);
        }
    }
}

/// The tree with every place at 0, but that a blank line is still told from a bare comment.
pub fn without(mut file: File) -> File {
    let mut blanks = Vec::new();
    for item in file.blocks.iter().flat_map(|block| &block.leading) {
        if let Leading::Blank(span) = item {
            blanks.push(usize::from(!span.is_empty()));
        }
    }
    each(&mut file, &mut |span| *span = Span::new(0, 0));
    let mut blanks = blanks.into_iter();
    for item in file.blocks.iter_mut().flat_map(|block| &mut block.leading) {
        if let Leading::Blank(span) = item {
            span.end = blanks.next().expect("as many as before");
        }
    }
    file
}

fn spanned<T>(value: &mut Spanned<T>, f: &mut dyn FnMut(&mut Span)) {
    f(&mut value.span);
}

fn optional<T>(value: &mut Option<Spanned<T>>, f: &mut dyn FnMut(&mut Span)) {
    value.iter_mut().for_each(|value| f(&mut value.span));
}

fn lines(lines: &mut [(usize, Span)], f: &mut dyn FnMut(&mut Span)) {
    lines.iter_mut().for_each(|(_, span)| f(span));
}

fn leading(item: &mut Leading, f: &mut dyn FnMut(&mut Span)) {
    match item {
        Leading::Blank(span) => f(span),
        Leading::Prose(text) | Leading::ExampleFile(text) => spanned(text, f),
        Leading::Annotation(annotation) => self::annotation(annotation, f),
        Leading::Json(CommentJson { span, text: _, lines }) => {
            f(span);
            self::lines(lines, f);
        }
        Leading::Variable(Variable { name, value }) => {
            spanned(name, f);
            spanned(value, f);
        }
        Leading::NotPortable(NotPortable { span, .. }) => f(span),
    }
}

fn request(request: &mut Request, f: &mut dyn FnMut(&mut Span)) {
    let Request { span, method, url, version, headers, body, not_portable, comments } = request;
    f(span);
    spanned(method, f);
    spanned(url, f);
    optional(version, f);
    for header in headers {
        spanned(&mut header.name, f);
        spanned(&mut header.value, f);
    }
    if let Some(body) = body {
        f(&mut body.span);
        lines(&mut body.lines, f);
        optional(&mut body.file, f);
    }
    not_portable.iter_mut().for_each(|item| f(&mut item.span));
    comments.iter_mut().for_each(|comment| spanned(&mut comment.text, f));
}

fn annotation(annotation: &mut Annotation, f: &mut dyn FnMut(&mut Span)) {
    let Annotation { span, name, payload, tag } = annotation;
    f(span);
    spanned(name, f);
    spanned(payload, f);
    self::tag(tag, f);
}

fn tag(tag: &mut Tag, f: &mut dyn FnMut(&mut Span)) {
    match tag {
        Tag::Api { title, version } => [title, version].into_iter().for_each(|part| spanned(part, f)),
        Tag::Server { url, description } => {
            spanned(url, f);
            optional(description, f);
        }
        Tag::Auth { name, scheme, bearer_format, description } => {
            [name, scheme].into_iter().for_each(|part| spanned(part, f));
            [bearer_format, description].into_iter().for_each(|part| optional(part, f));
        }
        Tag::Tag { names, description } => {
            names.iter_mut().for_each(|name| spanned(name, f));
            optional(description, f);
        }
        Tag::Schema { name, ty, description } => {
            spanned(name, f);
            if let Some(ty) = ty {
                spanned(ty, f);
                self::ty(&mut ty.value, f);
            }
            optional(description, f);
        }
        Tag::Operation(text) | Tag::Summary(text) | Tag::Description(text) | Tag::Name(text) => spanned(text, f),
        Tag::Security { scheme, roles } => {
            optional(scheme, f);
            roles.iter_mut().for_each(|role| spanned(role, f));
        }
        Tag::Deprecated(text) => optional(text, f),
        Tag::Path(declaration) | Tag::Query(declaration) | Tag::Header(declaration) | Tag::Field(declaration) => {
            self::declaration(declaration, f);
        }
        Tag::Body { schema, binary: _, media, description } => {
            [schema, media, description].into_iter().for_each(|part| optional(part, f));
        }
        Tag::Response { status, schema, media, description } => {
            spanned(status, f);
            [schema, media, description].into_iter().for_each(|part| optional(part, f));
        }
        Tag::Expect(status) => spanned(status, f),
        Tag::Within(seconds) => spanned(seconds, f),
        Tag::Assert(assertion) => {
            spanned(&mut assertion.subject, f);
            spanned(&mut assertion.predicate, f);
        }
        Tag::Capture { variable, from } => {
            spanned(variable, f);
            spanned(from, f);
        }
        Tag::Foreign | Tag::Unknown | Tag::Invalid => {}
    }
}

fn declaration(declaration: &mut Declaration, f: &mut dyn FnMut(&mut Span)) {
    let Declaration { path, optional: _, ty, default, description } = declaration;
    spanned(path, f);
    spanned(ty, f);
    self::ty(&mut ty.value, f);
    optional(default, f);
    optional(description, f);
}

fn ty(ty: &mut Type, f: &mut dyn FnMut(&mut Span)) {
    for member in &mut ty.members {
        spanned(&mut member.base, f);
        if let Base::Map(inner) = &mut member.base.value {
            self::ty(inner, f);
        }
        member.suffixes.iter_mut().for_each(|suffix| spanned(suffix, f));
    }
}
