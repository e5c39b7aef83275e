//! Which routes Dropshot gets.
//!
//! Dropshot takes no literal segment beside a variable one, nor two names for one variable. Where a contract has them,
//! the segment becomes one variable on all routes through it, and a route that stands for several paths looks at its
//! value. What a client can call stays what the contract says; a literal segment wins over a variable one.

use std::collections::BTreeMap;

use super::model::{Model, Operation};
use super::read::unsupported;
use crate::emit::{EmitError, all};

/// A path as Dropshot gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The path template of the contract.
    pub template: Vec<Segment>,
    /// The same with folded segments.
    pub folded: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Literal(String),
    Variable(String),
}

impl Route {
    /// The variable of the folded route that holds a path parameter.
    pub fn variable(&self, parameter: &str) -> Option<&str> {
        let index = self.template.iter().position(|segment| *segment == Segment::Variable(parameter.to_owned()))?;
        match self.folded.get(index)? {
            Segment::Variable(name) => Some(name),
            Segment::Literal(_) => None,
        }
    }

    /// The path that Dropshot gets.
    pub fn path(&self) -> String {
        let segments = self.folded.iter().map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Variable(name) => format!("/{{{name}}}"),
        });
        let path: String = segments.collect();
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// The variables of the folded route that must have one value: `(variable, value)`.
    pub fn conditions(&self) -> Vec<(&str, &str)> {
        let pairs = self.template.iter().zip(&self.folded);
        let conditions = pairs.filter_map(|pair| match pair {
            (Segment::Literal(text), Segment::Variable(name)) => Some((name.as_str(), text.as_str())),
            _ => None,
        });
        conditions.collect()
    }

    /// Whether Dropshot gets another path than the contract has.
    pub fn is_folded(&self) -> bool {
        self.template != self.folded
    }

    /// The names of the variables that Dropshot gets.
    pub fn variables(&self) -> Vec<&str> {
        let names = self.folded.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        });
        names.collect()
    }
}

/// All routes with one path, as Dropshot gets it.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub path: String,
    /// The paths of the contract that it stands for, the more literal first, each with its operations.
    pub members: Vec<Member<'a>>,
}

#[derive(Debug)]
pub(super) struct Member<'a> {
    pub route: Route,
    pub operations: Vec<&'a Operation>,
}

/// The routes of all paths of the contract, by path.
pub(super) fn routes(model: &Model) -> Result<BTreeMap<String, Route>, EmitError> {
    let mut paths = Vec::new();
    let templates = all(model.operations.iter().map(|operation| segments(&operation.path)))?;
    for (operation, template) in model.operations.iter().zip(templates) {
        if !paths.contains(&(operation.path.clone(), template.clone())) {
            paths.push((operation.path.clone(), template));
        }
    }
    let mut folded: Vec<Vec<Segment>> = paths.iter().map(|(_, template)| template.clone()).collect();
    fold(&mut folded);
    let routes = paths.into_iter().zip(folded).map(|((path, template), folded)| (path, Route { template, folded }));
    Ok(routes.collect())
}

fn segments(path: &str) -> Result<Vec<Segment>, EmitError> {
    let Some(rest) = path.strip_prefix('/') else { return unsupported(path, "a path begins with a slash") };
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    rest.split('/')
        .map(|segment| {
            let variable = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
            match variable {
                Some(name) if !name.contains(['{', '}']) => Ok(Segment::Variable(name.to_owned())),
                _ if segment.is_empty() => unsupported(path, "a segment of the path is empty"),
                _ if segment.contains(['{', '}', '%', ':']) => {
                    unsupported(path, format!("the segment `{segment}` is neither a plain word nor one variable"))
                }
                _ => Ok(Segment::Literal(segment.to_owned())),
            }
        })
        .collect()
}

/// Makes one variable of the segments at one depth that cannot be side by side, from the first segment to the last:
/// two paths are side by side when all segments before are the same by then.
fn fold(paths: &mut [Vec<Segment>]) {
    let depth = paths.iter().map(Vec::len).max().unwrap_or_default();
    for level in 0..depth {
        let mut nodes = BTreeMap::<Vec<Segment>, Vec<usize>>::new();
        for (index, path) in paths.iter().enumerate().filter(|(_, path)| path.len() > level) {
            nodes.entry(path[..level].to_vec()).or_default().push(index);
        }
        for (before, indices) in nodes {
            let mut here: Vec<Segment> = indices.iter().map(|index| paths[*index][level].clone()).collect();
            here.sort();
            here.dedup();
            let variables: Vec<_> = here.iter().filter(|segment| matches!(segment, Segment::Variable(_))).collect();
            let Some(Segment::Variable(first)) = variables.first() else { continue };
            let name = Segment::Variable(variable_name(first, &before, level));
            for index in indices {
                paths[index][level] = name.clone();
            }
        }
    }
}

/// The contract's own name, unless it is no plain identifier or stands earlier in the path already.
fn variable_name(wanted: &str, before: &[Segment], level: usize) -> String {
    let plain = wanted.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !wanted.starts_with(|c: char| c.is_ascii_digit());
    if plain && !before.contains(&Segment::Variable(wanted.to_owned())) {
        return wanted.to_owned();
    }
    format!("segment{}", level + 1)
}

/// The routes by the path that Dropshot gets.
pub(super) fn groups<'a>(model: &'a Model, routes: &BTreeMap<String, Route>) -> Vec<Group<'a>> {
    let mut groups = Vec::<Group<'a>>::new();
    for (path, route) in routes {
        let operations = model.operations.iter().filter(|operation| operation.path == *path).collect();
        let member = Member { route: route.clone(), operations };
        match groups.iter_mut().find(|group| group.path == route.path()) {
            Some(group) => group.members.push(member),
            None => groups.push(Group { path: route.path(), members: vec![member] }),
        }
    }
    for group in &mut groups {
        // A literal sorts before a variable, the first segment deciding.
        group.members.sort_by_key(|member| {
            let variable = |segment: &Segment| matches!(segment, Segment::Variable(_));
            member.route.template.iter().map(variable).collect::<Vec<_>>()
        });
    }
    groups
}
