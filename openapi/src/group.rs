//! Requests sorted into operations.

use httpfile::Diagnostic;
use indexmap::IndexMap;

use crate::codes;
use crate::lower::RequestLine;
use crate::lower::url::{Segment, Url};

/// The requests of one operation.
#[derive(Debug)]
pub(crate) struct Group<'r, 'a> {
    pub(crate) id: &'a str,
    pub(crate) url: &'r Url,
    /// The one that declares the operation.
    pub(crate) primary: &'r RequestLine<'a>,
    /// All of them, in order.
    pub(crate) requests: Vec<&'r RequestLine<'a>>,
}

/// Sorts requests by `@operation`, and those without one by method and template.
pub(crate) fn groups<'r, 'a>(requests: &'r [RequestLine<'a>], out: &mut Vec<Diagnostic>) -> Vec<Group<'r, 'a>> {
    let readable: Vec<(&RequestLine, &Url)> = requests.iter().filter_map(|r| Some((r, r.url.as_ref()?))).collect();
    let mut named: IndexMap<&str, Vec<(&RequestLine, &Url)>> = IndexMap::new();
    for (request, url) in &readable {
        if let Some(id) = request.operation {
            named.entry(&id.value).or_default().push((request, url));
        }
    }
    let mut groups: Vec<Group> = named.into_iter().filter_map(|(id, members)| group(id, &members, out)).collect();
    unnamed(&readable, &mut groups, out);
    for group in &mut groups {
        group.requests.sort_by_key(|r| r.location());
    }
    groups.sort_by_key(|group| group.requests[0].location());
    groups
}

fn group<'r, 'a>(
    id: &'a str,
    members: &[(&'r RequestLine<'a>, &'r Url)],
    out: &mut Vec<Diagnostic>,
) -> Option<Group<'r, 'a>> {
    let (primary, url) = *members.iter().min_by_key(|(request, url)| primary_rank(request, url))?;
    if let Some(literal) = url.literal_id() {
        let message = format!("no request of `{id}` names the parameter that `{literal}` is a value of");
        out.push(
            Diagnostic::error(codes::LITERAL_ID, primary.file.at(primary.request.url.span), message)
                .help("write a variable such as `{{petId}}` in the request that declares the operation, and `@petId = …` in the file"),
        );
    }
    let mut requests = Vec::with_capacity(members.len());
    for (request, other) in members {
        if request.request.method.value == primary.request.method.value && url.fits(other) {
            requests.push(*request);
            continue;
        }
        let line = |r: &RequestLine, url: &Url| format!("{} {}", r.request.method.value, url.template());
        let message = format!("`{id}` is `{}`, and this is `{}`", line(primary, url), line(request, other));
        out.push(
            Diagnostic::error(codes::DUPLICATE_OPERATION, request.location(), message)
                .also(primary.location(), "the operation is declared here")
                .help("give one of them another `@operation`"),
        );
    }
    Some(Group { id, url, primary, requests })
}

/// The request that declares most, then one that is meant to succeed, then the first.
fn primary_rank(request: &RequestLine, url: &Url) -> (bool, bool, bool) {
    let fails = request.expect.as_ref().is_some_and(|e| e.status.value >= 400);
    (request.responses.is_empty(), url.literal_id().is_some(), fails)
}

/// Requests without `@operation`: they join the operation of their method and template, or are reported.
fn unnamed<'r, 'a>(
    requests: &[(&'r RequestLine<'a>, &'r Url)],
    groups: &mut [Group<'r, 'a>],
    out: &mut Vec<Diagnostic>,
) {
    let key = |request: &RequestLine, url: &Url| (request.request.method.value.clone(), url.segments.clone());
    let mut by_template = std::collections::HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        by_template.entry(key(group.primary, group.url)).or_insert(at);
    }
    let mut lost: IndexMap<_, &RequestLine> = IndexMap::new();
    for (request, url) in requests.iter().filter(|(r, _)| r.operation.is_none()) {
        let key = key(request, url);
        match by_template.get(&key) {
            Some(at) => groups[*at].requests.push(request),
            None => _ = lost.entry(key).or_insert(request),
        }
    }
    for ((method, _), request) in &lost {
        let Some(url) = request.url.as_ref().filter(|_| !request.unreadable) else { continue };
        out.push(stray(method, url, request, groups));
    }
}

/// Why a request belongs to no operation, and what to do.
fn stray(method: &str, url: &Url, request: &RequestLine, groups: &[Group]) -> Diagnostic {
    let location = request.file.at(request.request.url.span);
    let line = format!("{method} {}", url.template());
    let fitting = groups.iter().find(|g| g.primary.request.method.value == method && g.url.fits(url));
    let Some(group) = fitting else {
        return match url.literal_id() {
            Some(literal) => Diagnostic::error(
                codes::LITERAL_ID,
                location,
                format!("`{literal}` looks like an identifier, and no operation is named"),
            )
            .help("write a variable such as `{{petId}}`, or name the operation with `@operation`"),
            None => {
                let name = request.name.map_or("operationId", |n| n.value.as_str());
                Diagnostic::error(codes::NO_OPERATION_ID, location, format!("`{line}` belongs to no operation"))
                    .help(format!("add `# @operation {name}` above the request that declares it"))
            }
        };
    };
    let renamed = url.segments.iter().zip(&group.url.segments).find_map(|(a, b)| match (a, b) {
        (Segment::Variable(a), Segment::Variable(b)) if a != b => Some((a, b)),
        _ => None,
    });
    let also = format!("`{}` is declared here", group.id);
    let help = format!("add `# @operation {}` if it is a request of that operation", group.id);
    match renamed {
        Some((here, there)) => Diagnostic::error(
            codes::PATH_VARIABLE_CLASH,
            location,
            format!("`{{{{{here}}}}}` stands where `{}` has `{{{{{there}}}}}`", group.id),
        ),
        None => Diagnostic::error(
            codes::LITERAL_ID,
            location,
            format!("`{line}` has a literal where `{}` has a variable", group.id),
        ),
    }
    .also(group.primary.location(), also)
    .help(help)
}

/// Reports what cannot stand side by side: two operations of one method and path, and two names of one variable.
pub(crate) fn check(groups: &[Group], out: &mut Vec<Diagnostic>) {
    let mut by_place: IndexMap<(&str, &[Segment]), &Group> = IndexMap::new();
    let mut by_generated: IndexMap<String, &Group> = IndexMap::new();
    for group in groups {
        let key = (group.primary.request.method.value.as_str(), group.url.segments.as_slice());
        if let Some(first) = by_place.get(&key) {
            let message = format!("`{}` and `{}` are both `{} {}`", first.id, group.id, key.0, group.url.template());
            out.push(twice(message, first, group).help("give them the same `@operation`, or one of them another path"));
        } else {
            by_place.insert(key, group);
        }
        let generated = heck::ToSnakeCase::to_snake_case(group.id);
        if let Some(first) = by_generated.get(&generated) {
            let message = format!("`{}` and `{}` would both be generated as `{generated}`", first.id, group.id);
            out.push(twice(message, first, group).help("give one of them another `@operation`"));
        } else {
            by_generated.insert(generated, group);
        }
    }
    variables(groups, out);
}

fn twice(message: String, first: &Group, second: &Group) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_OPERATION, second.primary.location(), message)
        .also(first.primary.location(), "the other one")
}

/// All paths through one point must call its variable alike: routers and documents cannot tell them apart.
fn variables(groups: &[Group], out: &mut Vec<Diagnostic>) {
    let mut names: IndexMap<Vec<Option<&str>>, (&str, &Group)> = IndexMap::new();
    for group in groups {
        let location = group.primary.file.at(group.primary.request.url.span);
        let mut prefix: Vec<Option<&str>> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for segment in &group.url.segments {
            let Segment::Variable(name) = segment else {
                prefix.push(if let Segment::Literal(text) = segment { Some(text) } else { None });
                continue;
            };
            if seen.contains(&name.as_str()) {
                let message = format!("`{{{{{name}}}}}` stands twice in `{}`", group.url.template());
                out.push(
                    Diagnostic::error(codes::PATH_VARIABLE_CLASH, location, message)
                        .help("give each place of the path a variable of its own"),
                );
                break;
            }
            seen.push(name);
            prefix.push(None);
            let (first, other) = *names.entry(prefix.clone()).or_insert((name, group));
            if first != name {
                let message = format!("`{{{{{name}}}}}` stands where `{}` has `{{{{{first}}}}}`", other.id);
                out.push(
                    Diagnostic::error(codes::PATH_VARIABLE_CLASH, location, message)
                        .also(other.primary.file.at(other.primary.request.url.span), format!("`{{{{{first}}}}}` here"))
                        .help("use one name for the same place of a path"),
                );
                break;
            }
        }
    }
}
