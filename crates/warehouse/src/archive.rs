//! A site's ledger as a file that anyone can verify without the database.
//!
//! Invariant: lines of JSON; the first says what it is and names the places, then every posting in order, each checkpoint right
//! after the posting it was signed at. So a file of any length is proved line by line, in memory that does not grow with it.
//! Integers are those of the canonical form, so that each line can be hashed again exactly (`docs/ledger-format.md`).

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{
        Entry, LocationKind, Movement, PostingKind, Reference,
        audit::{Auditor, Totals},
        canonical::{hex, unhex},
    },
};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use store::{
    Db,
    ledger::{
        checkpoint::{self, Checkpoint},
        verify::{self, Fault, Report, SiteReport},
    },
    site::Site,
};
use thiserror::Error;
use uuid::Uuid;

/// Why a file could not be written or read.
#[derive(Debug, Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A line is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    site: String,
    site_number: i64,
    postings: i64,
    /// Number, code and kind of each location.
    locations: Vec<(i64, String, String)>,
}

/// Product, SKU, lot, from, to, quantity, value, settled, revenue, on hand after.
type MovementLine = (i64, String, i64, i64, i64, i64, i64, i64, i64, i64);

#[derive(Serialize, Deserialize)]
struct EntryLine {
    seq: i64,
    id: Uuid,
    kind: i64,
    reference: (String, String),
    actor: String,
    device: String,
    note: String,
    corrects: Option<Uuid>,
    effective_at: i64,
    recorded_at: i64,
    business_day: i32,
    digest: String,
    hash: String,
    movements: Vec<MovementLine>,
}

#[derive(Serialize, Deserialize)]
struct CheckpointLine {
    checkpoint: i64,
    day: i32,
    hash: String,
    products: i64,
    quantity: i64,
    value: i64,
    public_key: String,
    signature: String,
    created_at: i64,
}

const FORMAT: &str = "gondola-ledger";

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
    let postings = checkpoint::head(db, site.id).await?.0;
    let places = store::location::list(db, site.id).await?;
    let locations = places.into_iter().map(|place| (place.id, place.code, place.kind.name().to_owned())).collect();
    let header = Header {
        format: FORMAT.to_owned(),
        version: 1,
        site: site.code.clone(),
        site_number: site.id,
        postings,
        locations,
    };
    write_line(&mut out, &header)?;
    let skus = verify::skus(db).await?;
    let mut checkpoints = checkpoints(db, site.id).await?.into_iter().peekable();
    let mut next = 1;
    while next <= postings {
        let entries = verify::entries(db, site.id, (next, postings), &skus).await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { break };
        for entry in &entries {
            write_line(&mut out, &entry_line(entry))?;
            while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.seq <= entry.seq) {
                write_line(&mut out, &checkpoint_line(&checkpoint))?;
            }
        }
        progress(last, postings);
        next = last + 1;
    }
    out.flush()?;
    Ok(postings)
}

/// The checkpoints of a site in the order of their places.
async fn checkpoints(db: &Db, site: i64) -> Result<Vec<Checkpoint>, Error> {
    let mut tx = db.read().await?;
    let checkpoints = checkpoint::of_site(&mut tx, site).await?;
    tx.rollback().await?;
    Ok(checkpoints)
}

fn write_line(out: &mut dyn Write, line: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
    text.push(b'\n');
    Ok(out.write_all(&text)?)
}

/// Proves a ledger file from its bytes alone.
pub fn verify(path: &Path, progress: &mut (dyn FnMut(i64, i64) + Send)) -> Result<Report, Error> {
    let file = BufReader::new(File::open(path)?);
    let gz = path.extension().is_some_and(|e| e == "gz");
    let source: Box<dyn Read> = if gz { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut lines = BufReader::new(source).lines().enumerate();
    let (_, first) = lines.next().ok_or_else(|| broken(0, "the file is empty"))?;
    let header: Header = serde_json::from_str(&first?).map_err(|error| broken(0, &error.to_string()))?;
    if header.format != FORMAT || header.version != 1 {
        return Err(broken(0, "not a ledger file of version 1"));
    }
    let mut proof = Proof::new(header)?;
    for (number, line) in lines {
        let line = line?;
        match proof.line(number, &line)? {
            None => progress(proof.auditor.chain().seq, proof.header.postings),
            Some(fault) => return Ok(Report { sites: Vec::new(), faults: vec![fault] }),
        }
    }
    Ok(proof.report())
}

fn broken(line: usize, what: &str) -> Error {
    Error::Line { line: line + 1, what: what.to_owned() }
}

struct Proof {
    header: Header,
    auditor: Auditor,
    checkpoints: usize,
}

impl Proof {
    fn new(header: Header) -> Result<Proof, Error> {
        let kind = |name: &str| LocationKind::ALL.into_iter().find(|(.., n)| *n == name).map(|(kind, ..)| kind);
        let kinds = header
            .locations
            .iter()
            .map(|(id, _, name)| Ok((*id, kind(name).ok_or_else(|| broken(0, "unknown location kind"))?)));
        let auditor = Auditor::new(kinds.collect::<Result<_, Error>>()?);
        Ok(Proof { header, auditor, checkpoints: 0 })
    }

    fn line(&mut self, number: usize, line: &str) -> Result<Option<Fault>, Error> {
        if line.starts_with("{\"checkpoint\"") {
            let line: CheckpointLine =
                serde_json::from_str(line).map_err(|error| broken(number, &error.to_string()))?;
            return self.checkpoint(number, &line);
        }
        let line: EntryLine = serde_json::from_str(line).map_err(|error| broken(number, &error.to_string()))?;
        let entry = entry(line, self.header.site_number).ok_or_else(|| broken(number, "not a posting"))?;
        if let Err(breach) = self.auditor.check(&entry) {
            return Ok(Some(self.fault(Some(entry.seq), Some(entry.id), breach.to_string())));
        }
        Ok(None)
    }

    fn checkpoint(&mut self, number: usize, line: &CheckpointLine) -> Result<Option<Fault>, Error> {
        let stated = stated(&self.header.site, line).ok_or_else(|| broken(number, "not a checkpoint"))?;
        let here = self.auditor.chain();
        self.checkpoints += 1;
        let what = if !stated.is_signed() {
            "the signature of a checkpoint is not valid"
        } else if stated.seq != here.seq {
            "a checkpoint does not stand behind the posting it was signed at"
        } else if stated.hash != here.hash || stated.totals != self.auditor.totals() {
            "a checkpoint contradicts the chain"
        } else {
            return Ok(None);
        };
        Ok(Some(self.fault(Some(stated.seq), None, what.to_owned())))
    }

    fn fault(&self, seq: Option<i64>, posting: Option<Uuid>, what: String) -> Fault {
        Fault { site: self.header.site.clone(), seq, posting, what }
    }

    fn report(self) -> Report {
        let chain = self.auditor.chain();
        if chain.seq != self.header.postings {
            let what = format!("the file promises {} postings and ends after {}", self.header.postings, chain.seq);
            return Report { sites: Vec::new(), faults: vec![self.fault(Some(chain.seq), None, what)] };
        }
        let site = SiteReport {
            postings: chain.seq,
            movements: self.auditor.movements(),
            hash: chain.hash,
            value: self.auditor.totals().value,
            checkpoints: self.checkpoints,
            site: self.header.site,
        };
        Report { sites: vec![site], faults: Vec::new() }
    }
}

fn entry_line(entry: &Entry) -> EntryLine {
    let movement = |m: &Movement| {
        (
            m.product,
            m.sku.to_string(),
            m.lot,
            m.from,
            m.to,
            m.quantity.milli(),
            m.value.minor(),
            m.settled.minor(),
            m.revenue.minor(),
            m.on_hand_after.milli(),
        )
    };
    EntryLine {
        seq: entry.seq,
        id: entry.id,
        kind: entry.kind.code(),
        reference: (entry.reference.kind.clone(), entry.reference.number.clone()),
        actor: entry.actor.clone(),
        device: entry.device.clone(),
        note: entry.note.clone(),
        corrects: entry.corrects,
        effective_at: entry.effective_at.micros(),
        recorded_at: entry.recorded_at.micros(),
        business_day: entry.business_day.number(),
        digest: hex(&entry.digest),
        hash: hex(&entry.hash),
        movements: entry.movements.iter().map(movement).collect(),
    }
}

fn entry(line: EntryLine, site: i64) -> Option<Entry> {
    let movement = |m: MovementLine| Movement {
        product: m.0,
        sku: m.1.into(),
        lot: m.2,
        from: m.3,
        to: m.4,
        quantity: Quantity::from_milli(m.5),
        value: Money::from_minor(m.6),
        settled: Money::from_minor(m.7),
        revenue: Money::from_minor(m.8),
        on_hand_after: Quantity::from_milli(m.9),
    };
    Some(Entry {
        site,
        seq: line.seq,
        id: line.id,
        kind: PostingKind::from_code(line.kind)?,
        reference: Reference { kind: line.reference.0, number: line.reference.1 },
        actor: line.actor,
        device: line.device,
        note: line.note,
        corrects: line.corrects,
        effective_at: Timestamp::from_micros(line.effective_at),
        recorded_at: Timestamp::from_micros(line.recorded_at),
        business_day: Day::from_number(line.business_day),
        digest: unhex(&line.digest)?,
        hash: unhex(&line.hash)?,
        movements: line.movements.into_iter().map(movement).collect(),
    })
}

fn checkpoint_line(checkpoint: &Checkpoint) -> CheckpointLine {
    CheckpointLine {
        checkpoint: checkpoint.seq,
        day: checkpoint.day.number(),
        hash: hex(&checkpoint.hash),
        products: checkpoint.totals.products,
        quantity: checkpoint.totals.quantity,
        value: checkpoint.totals.value.minor(),
        public_key: hex(&checkpoint.public_key),
        signature: hex(&checkpoint.signature),
        created_at: checkpoint.created_at.micros(),
    }
}

fn stated(site: &str, line: &CheckpointLine) -> Option<Checkpoint> {
    Some(Checkpoint {
        site: site.to_owned(),
        seq: line.checkpoint,
        day: Day::from_number(line.day),
        hash: unhex(&line.hash)?,
        totals: Totals { products: line.products, quantity: line.quantity, value: Money::from_minor(line.value) },
        public_key: unhex(&line.public_key)?,
        signature: unhex(&line.signature)?,
        created_at: Timestamp::from_micros(line.created_at),
    })
}
