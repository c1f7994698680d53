//! Did you mean: the nearest of the names that exist.

use super::keys::KEYS;
use crate::Error;

/// An error for a key that is not in the table.
pub(super) fn unknown_key(key: &str) -> Error {
    let reason = match nearest(key, KEYS) {
        Some(near) => format!("there is no such setting; did you mean `{near}`?"),
        None => "there is no such setting".to_owned(),
    };
    Error::config(key.chars().take(64).collect::<String>(), reason)
}

/// What would have been right: the nearest of `names` if one is near, else all of them.
pub(super) fn one_of(text: &str, names: &[&str]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let all = format!("one of {}", all.join(", "));
    match nearest(text, names) {
        Some(near) => format!("{all}; did you mean \"{near}\"?"),
        None => all,
    }
}

/// The nearest name, if at most a third of it is different.
pub(super) fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    if text.len() > 64 {
        return None;
    }
    names
        .iter()
        .map(|name| (distance(text.as_bytes(), name.as_bytes()), *name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be put in, taken out or replaced.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
