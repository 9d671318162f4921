//! Text -> tokens of Go's expressions. Knows no grammar.

use super::error::{ExpressionError, Span};

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(u128),
    Float(f64),
    Imaginary(f64),
    Char(char),
    Text(Vec<u8>),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Longest first, so that `&^` is not taken for `&`.
const SIGNS: &[&str] = &[
    "...", "&&", "||", "&^", "==", "!=", "<=", ">=", "<<", ">>", "<-", "+", "-", "*", "/", "%", "&", "|",
    "^", "<", ">", "!", "(", ")", "[", "]", "{", "}", ".", ",", ":", ";", "=", "~",
];

/// The tokens of `text` with their places; the last one is [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<(Token, Span)>, ExpressionError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip(char::is_whitespace);
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((token, start..lexer.at));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    /// In bytes, at a character's start.
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes over characters that `wanted` accepts and returns them.
    fn skip(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Token, ExpressionError> {
        let Some(first) = self.peek() else {
            return Ok(Token::End);
        };
        let second_is_digit = self
            .rest()
            .chars()
            .nth(1)
            .is_some_and(|next| next.is_ascii_digit());
        if first.is_ascii_digit() || (first == '.' && second_is_digit) {
            return self.number();
        }
        if is_name_part(first) {
            return Ok(Token::Name(self.skip(is_name_part).to_owned()));
        }
        match first {
            '"' => self.quoted().map(Token::Text),
            '`' => self.raw(),
            '\'' => self.character(),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, ExpressionError> {
        let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) else {
            let at = self.at..self.at + first.len_utf8();
            return Err(ExpressionError::wrong(
                at,
                format!("{first:?} has no meaning here"),
            ));
        };
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    fn number(&mut self) -> Result<Token, ExpressionError> {
        let start = self.at;
        let rest = self.rest();
        let is_hex = rest.starts_with("0x") || rest.starts_with("0X");
        loop {
            let part = self.skip(|character| character.is_ascii_alphanumeric() || "_.".contains(character));
            // The sign of an exponent belongs to the number: 1e-3, 0x1p+4.
            let ends_in_exponent = match part.chars().last() {
                Some('e' | 'E') => !is_hex,
                Some('p' | 'P') => is_hex,
                _ => false,
            };
            if !(ends_in_exponent && matches!(self.peek(), Some('+' | '-'))) {
                break;
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default().replace('_', "");
        let bad = || ExpressionError::wrong(start..self.at, format!("{text:?} is not a number"));
        if let Some(number) = text.strip_suffix('i') {
            return number.parse().map(Token::Imaginary).map_err(|_| bad());
        }
        if let Some(number) = integer(&text) {
            return Ok(Token::Int(number));
        }
        if is_hex {
            return Err(bad());
        }
        text.parse().map(Token::Float).map_err(|_| bad())
    }

    /// A string in double quotes; the first character is one.
    fn quoted(&mut self) -> Result<Vec<u8>, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None => return Err(ExpressionError::wrong(start..self.at, "the string has no end")),
                Some('"') => {
                    self.at += 1;
                    return Ok(bytes);
                }
                Some('\\') => self.escape(&mut bytes)?,
                Some(character) => {
                    self.at += character.len_utf8();
                    push_char(&mut bytes, character);
                }
            }
        }
    }

    fn raw(&mut self) -> Result<Token, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let text = self.skip(|character| character != '`');
        if self.peek().is_none() {
            return Err(ExpressionError::wrong(start..self.at, "the string has no end"));
        }
        self.at += 1;
        Ok(Token::Text(text.as_bytes().to_vec()))
    }

    fn character(&mut self) -> Result<Token, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        match self.peek() {
            Some('\\') => self.escape(&mut bytes)?,
            Some(character) if character != '\'' => {
                self.at += character.len_utf8();
                push_char(&mut bytes, character);
            }
            _ => {}
        }
        let character = match bytes.as_slice() {
            // '\xff' is the number 255, not a character of its own.
            [byte] => Some(char::from(*byte)),
            _ => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.chars().next()),
        };
        match (character, self.peek()) {
            (Some(character), Some('\'')) => {
                self.at += 1;
                Ok(Token::Char(character))
            }
            _ => Err(ExpressionError::wrong(
                start..self.at,
                "a character is written 'x'; strings take double quotes",
            )),
        }
    }

    /// An escape sequence of a string or character; the first character is the backslash.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), ExpressionError> {
        let start = self.at;
        let mut characters = self.rest().chars().skip(1);
        let kind = characters.next().unwrap_or(' ');
        let simple = match kind {
            'n' => Some(b'\n'),
            't' => Some(b'\t'),
            'r' => Some(b'\r'),
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'v' => Some(11),
            '\\' | '\'' | '"' => Some(kind as u8),
            _ => None,
        };
        if let Some(byte) = simple {
            self.at += 2;
            bytes.push(byte);
            return Ok(());
        }
        let (skip, digits, radix) = match kind {
            'x' => (2, 2, 16),
            'u' => (2, 4, 16),
            'U' => (2, 8, 16),
            _ => (1, 3, 8),
        };
        let text = self.rest().get(skip..skip + digits);
        let code = text.and_then(|text| u32::from_str_radix(text, radix).ok());
        self.at = (start + skip + digits).min(self.text.len());
        let written = match code {
            Some(code) if matches!(kind, 'u' | 'U') => char::from_u32(code).map(|character| {
                push_char(bytes, character);
            }),
            Some(code) => u8::try_from(code).ok().map(|byte| bytes.push(byte)),
            None => None,
        };
        written.ok_or_else(|| {
            self.at = start + kind.len_utf8() + 1;
            ExpressionError::wrong(start..self.at.min(self.text.len()), "unknown escape sequence")
        })
    }
}

/// Letters and digits of any script, and the middle dot by which the compiler numbers types local
/// to functions.
fn is_name_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '·'
}

fn push_char(bytes: &mut Vec<u8>, character: char) {
    let mut buffer = [0; 4];
    bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
}

/// An integer as Go writes it: decimal, 0x, 0o, 0b, or octal by a leading zero.
fn integer(text: &str) -> Option<u128> {
    let prefix = text.get(..2).map(str::to_ascii_lowercase);
    let digits = text.get(2..).unwrap_or_default();
    match prefix.as_deref() {
        Some("0x") => u128::from_str_radix(digits, 16).ok(),
        Some("0o") => u128::from_str_radix(digits, 8).ok(),
        Some("0b") => u128::from_str_radix(digits, 2).ok(),
        _ if text.len() > 1 && text.starts_with('0') => u128::from_str_radix(text, 8).ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        lex(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn numbers_are_read_as_go_writes_them() {
        assert_eq!(
            tokens("0x1F 0b101 0o17 017 1_000")[..5],
            [31, 5, 15, 15, 1000].map(Token::Int)
        );
        assert_eq!(tokens("1.5 .5 1e-3")[..3], [1.5, 0.5, 1e-3].map(Token::Float));
        assert_eq!(tokens("2i")[0], Token::Imaginary(2.0));
        assert_eq!(tokens("1-2").len(), 4);
        assert!(lex("0xzz").is_err() && lex("1abc").is_err());
    }

    #[test]
    fn strings_and_characters_have_their_escapes_undone() {
        assert_eq!(tokens(r#""a\n\x41\u00e9\101""#)[0], Token::Text("a\nAéA".into()));
        assert_eq!(tokens("`a\\n`")[0], Token::Text(br"a\n".to_vec()));
        assert_eq!(tokens(r"'\n'")[0], Token::Char('\n'));
        assert_eq!(tokens("'é'")[0], Token::Char('é'));
    }

    #[test]
    fn what_is_no_token_is_pointed_at() {
        assert_eq!(lex("a + \"b").unwrap_err().at, 4..6);
        assert_eq!(lex("a # b").unwrap_err().at, 2..3);
        assert_eq!(lex(r#""\q""#).unwrap_err().at, 1..3);
        assert!(lex("''").is_err() && lex("'ab'").is_err() && lex("\"\\").is_err());
    }
}
