//! The harness as its users meet it: scripted servers, what they tell, and what they find.

mod seed;
