//! What others write into the log of whoever uses nova.
//!
//! nova's own lines hold no secret and no payload. Below it tungstenite reads the frames, and at `TRACE` writes each payload it reads into
//! the log: tokens of logins among them, and whatever else the venue says. An application that turns `TRACE` on for everything installs
//! this filter. It costs nothing but those lines.

/// Directives that silence what shows payloads, for filters that take such: `tracing_subscriber`'s `EnvFilter` and `env_logger`.
///
/// ```
/// let directives = format!("trace,{}", nova::log::FILTER);
/// assert_eq!(directives, "trace,tungstenite=off");
/// ```
pub const FILTER: &str = "tungstenite=off";

/// Whether lines of this target may show what came over the wire, for filters of one's own.
///
/// ```
/// assert!(nova::log::shows_payloads("tungstenite::protocol::frame"));
/// assert!(!nova::log::shows_payloads("nova::event"));
/// ```
pub fn shows_payloads(target: &str) -> bool {
    target.split("::").next() == Some("tungstenite")
}
