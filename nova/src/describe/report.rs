//! A description as a page for people: names in columns, and the exceptional where it is seen.

use std::fmt::{self, Display, Formatter, Write};

use super::{Behaviour, Description};
use crate::config::Explained;

/// Columns that a sentence may take before it is broken.
const WIDTH: usize = 100;

impl Display for Description {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, a client of {}", self.client, self.platform)?;
        if let Some(problem) = &self.problem {
            write!(f, "\n\nIt cannot start: {problem}")?;
        }
        f.write_char('\n')?;
        self.made(f)?;
        write!(f, "\n\nBehaviours: what happens where the client does not say otherwise")?;
        self.behaviours.iter().try_for_each(|behaviour| told(behaviour, f))?;
        write!(f, "\n\nSettings: value and layer\n")?;
        self.settings(f)
    }
}

impl Description {
    fn made(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let address = if self.address.is_empty() { "no address of its own: .url(..)" } else { self.address };
        let platform = format!("{}, {address}", self.platform);
        let traits = if self.traits.is_empty() { String::new() } else { format!(": {}", self.traits.join(", ")) };
        let profile = format!("{}{traits}", self.profile);
        let own =
            [("platform", &*platform), ("profile", &profile), ("strategy", self.strategy), ("message", &self.message)];
        let lines = own.into_iter().chain(self.services.iter().map(|service| (service.key, &*service.what)));
        let width = lines.clone().map(|(key, _)| key.len()).max().unwrap_or_default();
        lines.into_iter().try_for_each(|(key, value)| write!(f, "\n  {key:width$}  {value}"))
    }

    fn settings(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Explained) -> usize| self.settings.iter().map(of).max().unwrap_or_default();
        let (keys, values) = (width(|setting| setting.key.len()), width(|setting| setting.value.len()));
        for Explained { key, value, layer, bound } in &self.settings {
            write!(f, "\n  {key:keys$}  {value:values$}  {layer}")?;
            if let Some(bound) = bound {
                write!(f, " asked for {}; {}", bound.asked, bound.demand)?;
            }
        }
        Ok(())
    }
}

fn told(behaviour: &Behaviour, f: &mut Formatter<'_>) -> fmt::Result {
    let whose = if behaviour.overridden { "overridden by the client; inherited() does" } else { "inherited" };
    write!(f, "\n\n  {}: {whose}", behaviour.name)?;
    let width = behaviour.callbacks.iter().map(|callback| callback.name.len()).max().unwrap_or_default();
    for callback in &behaviour.callbacks {
        write!(f, "\n    {:width$}  ", callback.name)?;
        sentence(&callback.inherited, width + 6, f)?;
    }
    Ok(())
}

/// A sentence, broken behind `;` where it is too long for one line.
fn sentence(text: &str, indent: usize, f: &mut impl Write) -> fmt::Result {
    let mut used = 0;
    for (at, part) in text.split("; ").enumerate() {
        if at > 0 && used + part.len() > WIDTH {
            write!(f, ";\n{:indent$}", "")?;
            used = 0;
        } else if at > 0 {
            f.write_str("; ")?;
        }
        f.write_str(part)?;
        used += part.len() + 2;
    }
    Ok(())
}
