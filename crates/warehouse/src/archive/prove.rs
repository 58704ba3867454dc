//! Proving a ledger file from its bytes alone.
//!
//! Invariant: whatever the bytes are, the answer is a proof, the first thing that does not hold, or the line that cannot be read;
//! no line is held that is longer than [`LONGEST_LINE_BYTES`].

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use domain::{
    Day,
    ledger::{LocationKind, audit::Auditor},
};
use flate2::read::MultiGzDecoder;
use store::ledger::{
    closings::Closings,
    verify::{Fault, Report, SiteReport},
};
use uuid::Uuid;

use super::{
    Error, broken,
    lines::{CheckpointLine, EntryLine, FORMAT, Header, VERSION, entry, stated},
};

/// Longer than any line we write: a posting of the most lines there can be, each from many lots.
const LONGEST_LINE_BYTES: u64 = 64 << 20;

/// Told after each posting: postings proved so far and in all.
type Progress<'a> = &'a mut (dyn FnMut(i64, i64) + Send);

/// Proves a ledger file; compressed when its name ends in `.gz`.
pub fn verify(path: &Path, progress: Progress<'_>) -> Result<Report, Error> {
    let file = BufReader::new(File::open(path)?);
    if path.extension().is_some_and(|e| e == "gz") {
        prove(MultiGzDecoder::new(file), progress)
    } else {
        prove(file, progress)
    }
}

/// Proves the ledger that `source`, not compressed, holds.
pub fn prove(source: impl Read, progress: Progress<'_>) -> Result<Report, Error> {
    let mut lines = Lines { source: BufReader::new(source), read: 0, bytes: Vec::new() };
    let (_, first) = lines.next()?.ok_or_else(|| broken(0, "the file is empty"))?;
    let header: Header = serde_json::from_str(first).map_err(|error| broken(0, &error.to_string()))?;
    if header.format != FORMAT || !(1..=VERSION).contains(&header.version) {
        return Err(broken(0, "not a ledger file of a version this program knows"));
    }
    let mut proof = Proof::new(header)?;
    while let Some((number, line)) = lines.next()? {
        match proof.line(number, line)? {
            None => progress(proof.auditor.chain().seq, proof.header.postings),
            Some(fault) => return Ok(Report { sites: Vec::new(), faults: vec![fault] }),
        }
    }
    Ok(proof.report())
}

/// The lines of a file, one at a time.
struct Lines<R> {
    source: BufReader<R>,
    read: usize,
    bytes: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// The next line with how many came before it.
    fn next(&mut self) -> Result<Option<(usize, &str)>, Error> {
        let number = self.read;
        self.bytes.clear();
        let limited = &mut (&mut self.source).take(LONGEST_LINE_BYTES + 1);
        if limited.read_until(b'\n', &mut self.bytes)? == 0 {
            return Ok(None);
        }
        if self.bytes.len() as u64 > LONGEST_LINE_BYTES {
            return Err(broken(number, "the line is too long"));
        }
        self.read += 1;
        let line = str::from_utf8(&self.bytes).map_err(|error| broken(number, &error.to_string()))?;
        Ok(Some((number, line.trim_end_matches(['\n', '\r']))))
    }
}

struct Proof {
    header: Header,
    auditor: Auditor,
    closings: Closings,
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
        Ok(Proof { header, auditor, closings: Closings::default(), checkpoints: 0 })
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
        if let Err(what) = self.closings.posting(&entry) {
            return Ok(Some(self.fault(Some(entry.seq), Some(entry.id), what)));
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
            let closed = self.closings.checkpoint(&stated);
            return Ok(closed.err().map(|what| self.fault(Some(stated.seq), None, what)));
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
        // A file of version 1 does not say what is closed.
        let closed_through = self.header.closed_through.map(Day::from_number);
        let kept = if self.header.version == 1 { Ok(()) } else { self.closings.kept(closed_through) };
        if let Err(what) = kept {
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
