//! Numbers of calls: what a client asks again is asked under another number.

use serde_json::Value;

/// The same bytes with another id.
pub(in crate::test) fn with_id(raw: &str, old: &Value, new: &Value) -> Option<String> {
    let member = raw.find(r#""id""#)? + r#""id""#.len();
    let (before, after) = raw.split_at(member);
    after
        .contains(&old.to_string())
        .then(|| format!("{before}{}", after.replacen(&old.to_string(), &new.to_string(), 1)))
}

/// The number of a call or of its answer.
pub(super) fn id_of(message: &Value) -> Option<&Value> {
    message.get("id").filter(|id| !id.is_null())
}

/// How well a message is the recorded one, given that numbers differ, and that a recording has words for secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It asks for something else.
    Other,
    /// The same procedure, with other parameters.
    Kind,
    /// The same.
    Same,
}

pub(super) fn likeness(recorded: &str, message: &str) -> Likeness {
    if recorded == message {
        return Likeness::Same;
    }
    let (Ok(recorded), Ok(message)) = (serde_json::from_str::<Value>(recorded), serde_json::from_str::<Value>(message))
    else {
        return Likeness::Other;
    };
    if same(&recorded, &message, true) {
        return Likeness::Same;
    }
    let kind = |message: &Value| ["method", "op", "type", "action", "event"].map(|name| message[name].clone());
    let known = kind(&recorded);
    if known.iter().any(|name| !name.is_null()) && known == kind(&message) { Likeness::Kind } else { Likeness::Other }
}

/// Equal but for the call's number and for what was a secret.
fn same(recorded: &Value, message: &Value, top: bool) -> bool {
    match (recorded, message) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| {
                    top && name == "id" || other.get(name).is_some_and(|twin| same(value, twin, false))
                })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other, false))
        }
        (Value::String(word), Value::String(_)) if is_word(word) => true,
        (one, other) => one == other,
    }
}

/// Whether it stands for a secret.
pub(super) fn is_word(text: &str) -> bool {
    text == "<id>"
        || text == "<secret>"
        || text == "<token>"
        || text == "<header>"
        || text == "<hidden>"
        || text
            .strip_prefix("<token ")
            .is_some_and(|rest| rest.strip_suffix('>').is_some_and(|n| n.parse::<u64>().is_ok()))
}
