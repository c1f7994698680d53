//! The shaper by its properties, the two fronts by what both ends of a connection see.

mod faulty;
mod proxy;
mod shaper;
