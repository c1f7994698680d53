//! The command line: four switches, and everything else refused.

pub(crate) const HELP: &str = "\
The quickstart of nova: a client that logs in, streams prices, loses its link twice and its login once, and tells what happened.

Usage: cargo run -p examples --example quickstart [-- OPTIONS]

Options:
  --json   print the summary as JSON, and nothing else
  --live   talk to the venue's public test endpoint instead of a local one; nothing is broken there.
           Logs in with DERIBIT_CLIENT_ID and DERIBIT_CLIENT_SECRET where both are set
  --help   print this

It ends after about 10 seconds. Ctrl-C ends it earlier, in order. NO_COLOR is honoured.

Exit status: 0 if everything happened and was survived, 1 if something is missing, 2 for arguments it does not know,
130 after Ctrl-C.";

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) json: bool,
    pub(crate) live: bool,
}

/// What the command line asks for; `None` for the help text.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut help = false;
    for argument in arguments {
        match argument.as_str() {
            "--json" => options.json = true,
            "--live" => options.live = true,
            "--help" | "-h" => help = true,
            unknown => {
                return Err(format!("unknown argument `{}`; --help lists those there are", unknown.escape_debug()));
            }
        }
    }
    Ok((!help).then_some(options))
}
