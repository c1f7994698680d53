//! placeholder
use super::*;
/// Local.
#[derive(Debug, Default)]
pub struct Local;
impl ClusterEngine for Local {
    fn join(&self, _: &str, _: NodeId) -> Membership {
        unimplemented!()
    }
}
