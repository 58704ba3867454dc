//! How the stock stands, computed once for each state of the shop.
//!
//! Invariant: what is remembered is given only for the version of the shop it was computed from, so it is never out of date.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use store::{
    Result, Tx,
    home::{self, Standing, Version},
    site::Sites,
};

/// Choices of sites remembered; past that all are forgotten.
const MOST: usize = 256;

type Remembered = HashMap<Sites, (Version, Arc<Standing>)>;

/// What was computed last for each choice of sites.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<Remembered>>);

impl Standings {
    /// How those sites stand as the transaction sees it.
    pub(crate) async fn get(&self, tx: &mut Tx, sites: &Sites) -> Result<Arc<Standing>> {
        let version = home::version(tx).await?;
        if let Some(known) = self.known(sites, version) {
            return Ok(known);
        }
        let fresh = Arc::new(home::standing(tx, sites).await?);
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(sites.clone(), (version, Arc::clone(&fresh)));
        Ok(fresh)
    }

    fn known(&self, sites: &Sites, version: Version) -> Option<Arc<Standing>> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(sites).filter(|(of, _)| *of == version).map(|(_, standing)| Arc::clone(standing))
    }
}
