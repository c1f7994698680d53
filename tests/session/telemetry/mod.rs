//! What a client tells about itself: to listeners, to a collector, to the log; and how little of it is kept.

mod lines;
mod log;
mod profiles;
mod told;
