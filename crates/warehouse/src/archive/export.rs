//! Writing a site's ledger to a file.
//!
//! Invariant: what was written proves itself; a checkpoint follows the posting it was signed at.

use std::{
    fs::File,
    io::{BufWriter, Write},
    iter::Peekable,
    path::Path,
    vec,
};

use domain::Day;
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use store::{
    Db,
    ledger::{
        checkpoint::{self, Checkpoint},
        read::{self, Head},
        verify,
    },
    site::Site,
};

use super::{
    Error, broken,
    lines::{FORMAT, Header, VERSION, checkpoint_line, entry_line},
};

/// Writes a site's ledger; compressed when the name ends in `.gz`. Gives the number of postings.
pub async fn export(
    db: &Db,
    site: &Site,
    path: &Path,
    progress: &mut (dyn FnMut(i64, i64) + Send),
) -> Result<i64, Error> {
    let file = BufWriter::new(File::create(path)?);
    let mut out: Box<dyn Write + Send> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(GzEncoder::new(file, Compression::fast()))
    } else {
        Box::new(file)
    };
    let (head, checkpoints) = head(db, site.id).await?;
    let postings = head.seq;
    let places = store::location::list(db, site.id).await?;
    let locations = places.into_iter().map(|place| (place.id, place.code, place.kind.name().to_owned())).collect();
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        site: site.code.clone(),
        site_number: site.id,
        postings,
        closed_through: head.closed_through.map(Day::number),
        locations,
    };
    write_line(&mut out, &header)?;
    let skus = verify::skus(db).await?;
    let mut checkpoints = checkpoints.into_iter().peekable();
    write_checkpoints(&mut out, &mut checkpoints, 0)?;
    let mut next = 1;
    while next <= postings {
        let entries = verify::entries(db, site.id, (next, postings), &skus).await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { break };
        for entry in &entries {
            write_line(&mut out, &entry_line(entry))?;
            write_checkpoints(&mut out, &mut checkpoints, entry.seq)?;
        }
        progress(last, postings);
        next = last + 1;
    }
    out.flush()?;
    Ok(postings)
}

/// The head of a site's chain, and its checkpoints in the order of their places, of one moment.
async fn head(db: &Db, site: i64) -> Result<(Head, Vec<Checkpoint>), Error> {
    let mut tx = db.read().await?;
    let head = read::head_in(&mut tx, site).await?;
    let checkpoints = checkpoint::of_site(&mut tx, site).await?;
    tx.rollback().await?;
    Ok((head.ok_or_else(|| broken(0, "the site has no ledger"))?, checkpoints))
}

/// Writes the checkpoints up to a place.
fn write_checkpoints(
    out: &mut dyn Write,
    checkpoints: &mut Peekable<vec::IntoIter<Checkpoint>>,
    seq: i64,
) -> Result<(), Error> {
    while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.seq <= seq) {
        write_line(out, &checkpoint_line(&checkpoint))?;
    }
    Ok(())
}

fn write_line(out: &mut dyn Write, line: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
    text.push(b'\n');
    Ok(out.write_all(&text)?)
}
