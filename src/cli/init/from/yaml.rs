//! YAML (and so JSON) as a tree in which each value knows its line. Bounded: in depth, and in what aliases unfold to.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

const DEEPEST: usize = 64;
const MOST_VALUES: usize = 1_000_000;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Why a text is no YAML that is read, and where.
#[derive(Debug)]
pub(super) struct NotYaml {
    pub line: usize,
    pub why: String,
}

impl Node {
    /// The value of a key, also of one that is merged in.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let find = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        find(key).or_else(|| match &find("<<")?.value {
            Value::Map(merged) => merged.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        })
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    fn size(&self) -> usize {
        let below = match &self.value {
            Value::Text(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|(_, value)| value.size()).sum::<usize>(),
        };
        below.saturating_add(1)
    }
}

/// A list or a table that is still open.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next.
    key: Option<String>,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    documents: Vec<Node>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

/// The documents of a text.
pub(super) fn read(text: &str) -> Result<Vec<Node>, NotYaml> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|wrong| NotYaml { line: wrong.marker().line(), why: wrong.info().to_owned() })?;
        let line = span.start.line();
        tree.take(event, line).map_err(|why| NotYaml { line, why: why.to_owned() })?;
    }
    Ok(tree.documents)
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, _, anchor, _) => self.add(Node { line, value: Value::Text(text.into_owned()) }, anchor),
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), (line, anchor)),
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), (line, anchor)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                self.add(open.node, open.anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).ok_or("an alias names what is not there")?;
                self.values = self.values.saturating_add(node.size());
                if self.values > MOST_VALUES {
                    return Err("it holds too many values");
                }
                let node = node.clone();
                self.add(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, value: Value, (line, anchor): (usize, usize)) -> Result<(), &'static str> {
        if self.open.len() >= DEEPEST {
            return Err("it is nested too deeply");
        }
        self.open.push(Open { node: Node { line, value }, anchor, key: None });
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), &'static str> {
        // What has an anchor is kept twice.
        let size = if anchor == 0 { 1 } else { node.size() };
        self.values = self.values.saturating_add(size);
        if self.values > MOST_VALUES {
            return Err("it holds too many values");
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(node.text().unwrap_or_default().to_owned()),
            },
            Value::Text(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn values_know_their_lines_and_aliases_are_followed() {
        let documents = read("a: &x\n  - one\n  - two\nb: *x\nc:\n  <<: {d: e}\n").unwrap();
        let b = documents[0].get("b").unwrap();
        assert_eq!(
            b.items().iter().map(|item| (item.text().unwrap(), item.line)).collect::<Vec<_>>(),
            [("one", 2), ("two", 3)]
        );
        assert_eq!(documents[0].get("c").and_then(|c| c.get("d")).and_then(Node::text), Some("e"));
    }

    #[test]
    fn a_few_lines_that_unfold_to_billions_and_deep_nests_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let before = format!("*a{}", level - 1);
            let _ = writeln!(bomb, "a{level}: &a{level} [{}]", vec![before; 10].join(", "));
        }
        assert_eq!(read(&bomb).unwrap_err().why, "it holds too many values");
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
        assert_eq!(read("a: [1,\nb: ]").unwrap_err().line, 2);
    }
}
