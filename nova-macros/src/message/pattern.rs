//! Channel patterns: their grammar, and what two of them say about the same channel.
//!
//! A pattern is segments with one separator between each two. A wildcard stands for one segment that is not empty, the last one
//! for everything that is left. With that, whether one pattern takes everything of another, and whether two take the same channel,
//! is decided segment by segment.

/// What stands between segments, unless the type says otherwise.
pub(super) const SEPARATORS: &[char] = &['.', '/', '@', ':'];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Fixed(String),
    /// `*`, or `{name}`.
    Any(Option<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) segments: Vec<Segment>,
    /// One fewer than segments.
    pub(super) separators: Vec<char>,
}

/// What the expansion looks for, from left to right.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'p> {
    Text(String),
    Segment(Option<&'p str>),
    Rest(Option<&'p str>),
}

impl Pattern {
    pub(super) fn read(text: &str, separators: &[char]) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a pattern is not empty; `*` alone takes every channel".to_owned());
        }
        if text.ends_with(separators) {
            return Err(format!("a pattern does not end with a separator; write `{text}*` for what follows it"));
        }
        let mut pattern = Self { segments: Vec::new(), separators: Vec::new() };
        let mut names: Vec<String> = Vec::new();
        let mut left = text;
        loop {
            let end = left.find(separators).unwrap_or(left.len());
            let segment = segment(&left[..end], separators)?;
            if let Segment::Any(Some(name)) = &segment {
                if names.contains(name) {
                    return Err(format!("`{{{name}}}` stands twice in one pattern"));
                }
                names.push(name.clone());
            }
            pattern.segments.push(segment);
            let mut behind = left[end..].chars();
            let Some(separator) = behind.next() else { return Ok(pattern) };
            pattern.separators.push(separator);
            left = behind.as_str();
        }
    }

    pub(super) fn captures(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Any(name) => name.as_deref(),
            Segment::Fixed(_) => None,
        })
    }

    /// Texts joined as far as they go, and wildcards.
    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let mut text = String::new();
        for (at, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Fixed(fixed) => text.push_str(fixed),
                Segment::Any(name) => {
                    if !text.is_empty() {
                        steps.push(Step::Text(std::mem::take(&mut text)));
                    }
                    let name = name.as_deref();
                    steps.push(if self.is_last(at) { Step::Rest(name) } else { Step::Segment(name) });
                }
            }
            text.extend(self.separators.get(at));
        }
        if !text.is_empty() {
            steps.push(Step::Text(text));
        }
        steps
    }

    /// Whether this one takes every channel that `other` takes.
    pub(super) fn covers(&self, other: &Self) -> bool {
        for (at, segment) in self.segments.iter().enumerate() {
            let Some(theirs) = other.segments.get(at) else { return false };
            match (segment, theirs) {
                (Segment::Any(_), _) if self.is_last(at) => return true,
                (Segment::Fixed(a), Segment::Fixed(b)) if a == b => {}
                (Segment::Any(_), Segment::Any(_)) if !other.is_last(at) => {}
                (Segment::Any(_), Segment::Fixed(b)) if !b.is_empty() => {}
                _ => return false,
            }
            if self.separators.get(at) != other.separators.get(at) {
                return false;
            }
        }
        true
    }

    /// A channel that both take, if there is one.
    pub(super) fn shared(&self, other: &Self) -> Option<String> {
        let mut channel = String::new();
        for (at, (ours, theirs)) in self.segments.iter().zip(&other.segments).enumerate() {
            match (ours, theirs) {
                (Segment::Any(_), _) if self.is_last(at) => return Some(channel + &other.example(at)),
                (_, Segment::Any(_)) if other.is_last(at) => return Some(channel + &self.example(at)),
                (Segment::Fixed(a), Segment::Fixed(b)) if a == b => channel.push_str(a),
                (Segment::Any(_), Segment::Any(_)) => channel.push('x'),
                (Segment::Fixed(fixed), Segment::Any(_)) | (Segment::Any(_), Segment::Fixed(fixed))
                    if !fixed.is_empty() =>
                {
                    channel.push_str(fixed);
                }
                _ => return None,
            }
            match (self.separators.get(at), other.separators.get(at)) {
                (Some(a), Some(b)) if a == b => channel.push(*a),
                (None, None) => return Some(channel),
                _ => return None,
            }
        }
        None
    }

    /// A channel's end that fits from this segment on.
    fn example(&self, from: usize) -> String {
        let mut text = String::new();
        for (at, segment) in self.segments.iter().enumerate().skip(from) {
            match segment {
                Segment::Fixed(fixed) => text.push_str(fixed),
                Segment::Any(_) => text.push('x'),
            }
            text.extend(self.separators.get(at));
        }
        text
    }

    fn is_last(&self, at: usize) -> bool {
        at + 1 == self.segments.len()
    }
}

fn segment(text: &str, separators: &[char]) -> Result<Segment, String> {
    if text == "*" {
        return Ok(Segment::Any(None));
    }
    if text == "**" {
        return Err(
            "`*` stands for one segment, and the last one for one or more already: `**` is not needed".to_owned()
        );
    }
    let Some(open) = text.find(['*', '{', '}']) else { return Ok(Segment::Fixed(text.to_owned())) };
    let whole =
        text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).filter(|name| !name.contains(['{', '}']));
    if let Some(name) = whole {
        let ident = syn::parse_str::<syn::Ident>(name).or_else(|_| syn::parse_str(&format!("r#{name}")));
        return match ident {
            Ok(_) => Ok(Segment::Any(Some(name.to_owned()))),
            Err(_) if name.is_empty() => {
                Err("`{}` needs the name of a field: `{symbol}`; `*` where none is meant".to_owned())
            }
            Err(_) => Err(format!("`{{{name}}}` cannot be the name of a field")),
        };
    }
    let listed: String = separators.iter().collect();
    Err(match &text[open..=open] {
        "*" => format!(
            "`*` stands for a whole segment, and `{text}` is more than that (`{listed}` end a segment; `separator = \"..\"` says otherwise)"
        ),
        _ if text.matches('{').count() == text.matches('}').count() => {
            format!(
                "`{{name}}` stands for a whole segment, and `{text}` is more than that (`{listed}` end a segment; `separator = \"..\"` says otherwise)"
            )
        }
        _ => format!("a brace in `{text}` has no partner"),
    })
}
