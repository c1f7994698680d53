//! What is asked of each ratio: what it must be, and what the limit of the design is.

use std::fmt;

/// The two marks of a ratio, nova's by that of the arm it is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At most: what it must be, and the aim.
    AtMost(f64, f64),
    /// At least.
    AtLeast(f64, f64),
    /// Told, not judged.
    None,
}

/// How a ratio stands to its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As good as was aimed at.
    Aim,
    /// As good as it must be.
    Met,
    /// Not good enough.
    Missed,
    /// It has no goal.
    Told,
    /// The rounds differ too much to say.
    TooNoisy,
}

impl Goal {
    /// How this ratio stands to it.
    pub fn judge(self, ratio: f64) -> Verdict {
        let (must, aim) = match self {
            Self::AtMost(must, aim) => (ratio <= must, ratio <= aim),
            Self::AtLeast(must, aim) => (ratio >= must, ratio >= aim),
            Self::None => return Verdict::Told,
        };
        match (must, aim) {
            (_, true) => Verdict::Aim,
            (true, false) => Verdict::Met,
            (false, false) => Verdict::Missed,
        }
    }

    /// The two marks, where there are any.
    pub fn marks(self) -> Option<(f64, f64)> {
        match self {
            Self::AtMost(must, aim) | Self::AtLeast(must, aim) => Some((must, aim)),
            Self::None => None,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(must, aim) => write!(f, "≤ {must:.2} (aim {aim:.2})"),
            Self::AtLeast(must, aim) => write!(f, "≥ {must:.2} (aim {aim:.2})"),
            Self::None => Ok(()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aim => "aim",
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::Told => "",
            Self::TooNoisy => "too noisy",
        })
    }
}
