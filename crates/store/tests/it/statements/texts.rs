//! What an expression of string literals, `concat!`, our own macros and named constants comes to.

use std::collections::HashMap;

use super::tokens::{Token, arguments, inside};

/// A macro of one rule whose arguments are expressions.
#[derive(Debug, Clone)]
struct Macro {
    parameters: Vec<String>,
    body: Vec<Token>,
}

/// The macros of all files, and the named texts of one.
#[derive(Debug, Default, Clone)]
pub struct Texts {
    macros: HashMap<String, Macro>,
    named: HashMap<String, Vec<Token>>,
}

impl Texts {
    /// Learns the macros a file defines.
    pub fn learn_macros(&mut self, tokens: &[Token]) {
        for at in 0..tokens.len() {
            let [Token::Name(keyword), bang, Token::Name(name), ..] = &tokens[at..] else { continue };
            if keyword != "macro_rules" || !bang.is('!') {
                continue;
            }
            let (rules, _) = inside(tokens, at + 3);
            let (parameters, after) = inside(rules, 0);
            let Some(open) = (after..rules.len()).find(|at| rules[*at].is('{')) else { continue };
            let body = inside(rules, open).0.to_vec();
            self.macros.insert(name.clone(), Macro { parameters: names(parameters), body });
        }
    }

    /// Learns the constants and variables of a file that are given a text.
    pub fn learn_names(&mut self, tokens: &[Token]) {
        self.named.clear();
        for at in 0..tokens.len() {
            let [Token::Name(keyword), Token::Name(name), ..] = &tokens[at..] else { continue };
            if !["const", "static", "let"].contains(&keyword.as_str()) {
                continue;
            }
            let end = (at..tokens.len()).find(|at| tokens[*at].is(';')).unwrap_or(tokens.len());
            if let Some(equals) = (at..end).find(|at| tokens[*at].is('=')) {
                self.named.insert(name.clone(), tokens[equals + 1..end].to_vec());
            }
        }
    }

    /// The text of an expression; `None` when it is something else.
    pub fn value(&self, expression: &[Token]) -> Option<String> {
        self.value_with(expression, &HashMap::new())
    }

    fn value_with(&self, expression: &[Token], given: &HashMap<String, String>) -> Option<String> {
        match expression {
            [Token::Text(text)] => Some(text.clone()),
            [dollar, Token::Name(name)] if dollar.is('$') => given.get(name).cloned(),
            [Token::Name(name)] => self.value_with(self.named.get(name)?, given),
            [Token::Name(name), bang, open, ..] if bang.is('!') && open.is('(') => {
                let (inner, after) = inside(expression, 2);
                if after != expression.len() {
                    return None;
                }
                let values: Vec<Option<String>> =
                    arguments(inner).into_iter().map(|argument| self.value_with(argument, given)).collect();
                if name == "concat" {
                    return values.into_iter().collect();
                }
                let called = self.macros.get(name)?;
                let values =
                    called.parameters.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?)));
                self.value_with(&called.body, &values.collect())
            }
            _ => None,
        }
    }
}

/// The names in `$a:literal, $b:expr`.
fn names(parameters: &[Token]) -> Vec<String> {
    let pairs = parameters.windows(2).filter(|pair| pair[0].is('$'));
    pairs.filter_map(|pair| if let Token::Name(name) = &pair[1] { Some(name.clone()) } else { None }).collect()
}
