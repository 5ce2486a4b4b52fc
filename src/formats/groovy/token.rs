//! The kinds of tokens, under the names that they have in the tree.

/// What a token is. The names are those in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    // Literals.
    IntLiteral,
    FloatLiteral,
    StringLiteral,
    GStringBegin,
    GStringPart,
    GStringEnd,
    GStringFull,
    NullLiteral,
    BoolLiteral,
    SlashyStringLit,
    DollarSlashyStringLit,
    // Names.
    Identifier,
    CapitalizedIdentifier,
    // Words with a meaning of their own.
    KwAs,
    KwAssert,
    KwBreak,
    KwCase,
    KwCatch,
    KwClass,
    KwContinue,
    KwDef,
    KwDefault,
    KwDo,
    KwElse,
    KwEnum,
    KwExtends,
    KwFinal,
    KwFinally,
    KwFor,
    KwIf,
    KwImplements,
    KwImport,
    KwIn,
    KwInstanceof,
    KwInterface,
    KwNew,
    KwPackage,
    KwReturn,
    KwStatic,
    KwSuper,
    KwSwitch,
    KwThis,
    KwThrow,
    KwThrows,
    KwTrait,
    KwTry,
    KwWhile,
    KwAbstract,
    KwNative,
    KwPrivate,
    KwProtected,
    KwPublic,
    KwSynchronized,
    KwTransient,
    KwVolatile,
    KwStrictfp,
    KwThreadsafe,
    KwVoid,
    KwBoolean,
    KwByte,
    KwChar,
    KwShort,
    KwInt,
    KwLong,
    KwFloat,
    KwDouble,
    // Operators.
    Plus,
    Minus,
    Star,
    Div,
    Mod,
    Power,
    Assign,
    Equal,
    NotEqual,
    Lt,
    Gt,
    LtEqual,
    GtEqual,
    Spaceship,
    IdentityEqual,
    IdentityNotEqual,
    And,
    Or,
    Not,
    BitwiseAnd,
    BitwiseOr,
    BitwiseXor,
    BitwiseNot,
    LeftShift,
    RightShift,
    UnsignedRightShift,
    PlusAssign,
    MinusAssign,
    StarAssign,
    DivAssign,
    ModAssign,
    PowerAssign,
    BitwiseAndAssign,
    BitwiseOrAssign,
    BitwiseXorAssign,
    LeftShiftAssign,
    RightShiftAssign,
    UnsignedRightShiftAssign,
    SafeNav,
    Spread,
    MethodPointer,
    FieldAccess,
    Elvis,
    Range,
    HalfOpenRight,
    Regex,
    Match,
    Arrow,
    Inc,
    Dec,
    MethodRef,
    Question,
    SafeIndex,
    ElvisAssign,
    Implication,
    NotIn,
    NotInstanceof,
    // Marks.
    LParen,
    RParen,
    LBrace,
    RBrace,
    LBrack,
    RBrack,
    Dot,
    Comma,
    Semi,
    Colon,
    At,
    Ellipsis,
    /// The end of a line that ends a statement; it has no text and is not in the tree.
    Semicolon,
    /// The end of the text.
    Eof,
}

/// Words with a meaning of their own.
const WORDS: &[(&str, Kind)] = &[
    ("abstract", Kind::KwAbstract),
    ("as", Kind::KwAs),
    ("assert", Kind::KwAssert),
    ("boolean", Kind::KwBoolean),
    ("break", Kind::KwBreak),
    ("byte", Kind::KwByte),
    ("case", Kind::KwCase),
    ("catch", Kind::KwCatch),
    ("char", Kind::KwChar),
    ("class", Kind::KwClass),
    ("continue", Kind::KwContinue),
    ("def", Kind::KwDef),
    ("default", Kind::KwDefault),
    ("do", Kind::KwDo),
    ("double", Kind::KwDouble),
    ("else", Kind::KwElse),
    ("enum", Kind::KwEnum),
    ("extends", Kind::KwExtends),
    ("false", Kind::BoolLiteral),
    ("final", Kind::KwFinal),
    ("finally", Kind::KwFinally),
    ("float", Kind::KwFloat),
    ("for", Kind::KwFor),
    ("if", Kind::KwIf),
    ("implements", Kind::KwImplements),
    ("import", Kind::KwImport),
    ("in", Kind::KwIn),
    ("instanceof", Kind::KwInstanceof),
    ("int", Kind::KwInt),
    ("interface", Kind::KwInterface),
    ("long", Kind::KwLong),
    ("native", Kind::KwNative),
    ("new", Kind::KwNew),
    ("null", Kind::NullLiteral),
    ("package", Kind::KwPackage),
    ("private", Kind::KwPrivate),
    ("protected", Kind::KwProtected),
    ("public", Kind::KwPublic),
    ("return", Kind::KwReturn),
    ("short", Kind::KwShort),
    ("static", Kind::KwStatic),
    ("strictfp", Kind::KwStrictfp),
    ("super", Kind::KwSuper),
    ("switch", Kind::KwSwitch),
    ("synchronized", Kind::KwSynchronized),
    ("this", Kind::KwThis),
    ("threadsafe", Kind::KwThreadsafe),
    ("throw", Kind::KwThrow),
    ("throws", Kind::KwThrows),
    ("trait", Kind::KwTrait),
    ("transient", Kind::KwTransient),
    ("true", Kind::BoolLiteral),
    ("try", Kind::KwTry),
    ("void", Kind::KwVoid),
    ("volatile", Kind::KwVolatile),
    ("while", Kind::KwWhile),
];

/// Operators and marks; where one starts with another, the longer comes first.
pub(super) const MARKS: &[(&str, Kind)] = &[
    (">>>=", Kind::UnsignedRightShiftAssign),
    ("**=", Kind::PowerAssign),
    ("==>", Kind::Implication),
    ("==~", Kind::Match),
    ("===", Kind::IdentityEqual),
    ("!==", Kind::IdentityNotEqual),
    ("<=>", Kind::Spaceship),
    ("<<=", Kind::LeftShiftAssign),
    (">>>", Kind::UnsignedRightShift),
    (">>=", Kind::RightShiftAssign),
    ("...", Kind::Ellipsis),
    ("..<", Kind::HalfOpenRight),
    ("+=", Kind::PlusAssign),
    ("++", Kind::Inc),
    ("->", Kind::Arrow),
    ("-=", Kind::MinusAssign),
    ("--", Kind::Dec),
    ("**", Kind::Power),
    ("*.", Kind::Spread),
    ("*=", Kind::StarAssign),
    ("/=", Kind::DivAssign),
    ("%=", Kind::ModAssign),
    ("==", Kind::Equal),
    ("=~", Kind::Regex),
    ("!=", Kind::NotEqual),
    ("<=", Kind::LtEqual),
    ("<<", Kind::LeftShift),
    (">>", Kind::RightShift),
    (">=", Kind::GtEqual),
    ("&&", Kind::And),
    ("&=", Kind::BitwiseAndAssign),
    ("||", Kind::Or),
    ("|=", Kind::BitwiseOrAssign),
    ("^=", Kind::BitwiseXorAssign),
    ("?:", Kind::Elvis),
    ("?.", Kind::SafeNav),
    ("?[", Kind::SafeIndex),
    ("?=", Kind::ElvisAssign),
    ("..", Kind::Range),
    (".@", Kind::FieldAccess),
    (".&", Kind::MethodPointer),
    ("::", Kind::MethodRef),
    ("+", Kind::Plus),
    ("-", Kind::Minus),
    ("*", Kind::Star),
    ("/", Kind::Div),
    ("%", Kind::Mod),
    ("=", Kind::Assign),
    ("!", Kind::Not),
    ("<", Kind::Lt),
    (">", Kind::Gt),
    ("&", Kind::BitwiseAnd),
    ("|", Kind::BitwiseOr),
    ("^", Kind::BitwiseXor),
    ("~", Kind::BitwiseNot),
    ("?", Kind::Question),
    (".", Kind::Dot),
    (":", Kind::Colon),
    ("(", Kind::LParen),
    (")", Kind::RParen),
    ("{", Kind::LBrace),
    ("}", Kind::RBrace),
    ("[", Kind::LBrack),
    ("]", Kind::RBrack),
    (",", Kind::Comma),
    (";", Kind::Semi),
    ("@", Kind::At),
];

impl Kind {
    /// Returns what the word `text` is.
    pub(super) fn of_word(text: &str) -> Self {
        match WORDS.binary_search_by(|(word, _)| (*word).cmp(text)) {
            Ok(at) => WORDS.get(at).map_or(Self::Identifier, |(_, kind)| *kind),
            Err(_) => Self::of_name(text),
        }
    }

    /// Returns what `text` is where no word has a meaning of its own.
    pub(super) fn of_name(text: &str) -> Self {
        if text.starts_with(|c: char| c.is_ascii_uppercase()) {
            Self::CapitalizedIdentifier
        } else {
            Self::Identifier
        }
    }

    pub(super) fn is_name(self) -> bool {
        matches!(self, Self::Identifier | Self::CapitalizedIdentifier)
    }

    pub(super) fn is_keyword(self) -> bool {
        (Self::KwAs as u8..=Self::KwDouble as u8).contains(&(self as u8))
    }

    pub(super) fn is_primitive(self) -> bool {
        (Self::KwVoid as u8..=Self::KwDouble as u8).contains(&(self as u8))
    }

    pub(super) fn is_modifier(self) -> bool {
        (Self::KwAbstract as u8..=Self::KwThreadsafe as u8).contains(&(self as u8))
            || matches!(self, Self::KwStatic | Self::KwFinal)
    }

    /// Whether it is a `;` or the end of a line that counts as one.
    pub(super) fn is_semicolon(self) -> bool {
        matches!(self, Self::Semi | Self::Semicolon)
    }

    /// Whether the end of a line after it may end a statement.
    pub(super) fn may_end_statement(self) -> bool {
        matches!(
            self,
            Self::Identifier
                | Self::CapitalizedIdentifier
                | Self::IntLiteral
                | Self::FloatLiteral
                | Self::StringLiteral
                | Self::GStringEnd
                | Self::GStringFull
                | Self::NullLiteral
                | Self::BoolLiteral
                | Self::SlashyStringLit
                | Self::DollarSlashyStringLit
                | Self::KwBreak
                | Self::KwContinue
                | Self::KwReturn
                | Self::KwThis
                | Self::KwSuper
                | Self::Inc
                | Self::Dec
                | Self::RParen
                | Self::RBrack
                | Self::RBrace
        )
    }

    /// Whether a `/` after it starts a string.
    pub(super) fn may_precede_slashy(self) -> bool {
        let is_operator = (Self::Plus as u8..=Self::NotInstanceof as u8).contains(&(self as u8));
        (is_operator && !matches!(self, Self::Inc | Self::Dec | Self::SafeIndex))
            || matches!(
                self,
                Self::LParen
                    | Self::LBrack
                    | Self::LBrace
                    | Self::Comma
                    | Self::Semi
                    | Self::Colon
                    | Self::At
                    | Self::Semicolon
                    | Self::Dot
                    | Self::KwReturn
                    | Self::KwIf
                    | Self::KwWhile
                    | Self::KwFor
                    | Self::KwCase
                    | Self::KwIn
                    | Self::KwAssert
                    | Self::KwThrow
                    | Self::KwNew
                    | Self::KwDef
                    | Self::KwElse
                    | Self::KwDo
                    | Self::KwSwitch
            )
    }

    /// Whether it can be the first of an expression after `return` or a cast.
    pub(super) fn may_start_expression(self) -> bool {
        self.is_primitive()
            || self.may_start_argument()
            || matches!(
                self,
                Self::KwSwitch
                    | Self::LBrace
                    | Self::Plus
                    | Self::Minus
                    | Self::Star
                    | Self::Not
                    | Self::Inc
                    | Self::Dec
                    | Self::At
            )
    }

    /// Whether it can be the first of an argument without parentheses.
    pub(super) fn may_start_argument(self) -> bool {
        matches!(
            self,
            Self::StringLiteral
                | Self::GStringFull
                | Self::GStringBegin
                | Self::SlashyStringLit
                | Self::DollarSlashyStringLit
                | Self::IntLiteral
                | Self::FloatLiteral
                | Self::BoolLiteral
                | Self::NullLiteral
                | Self::Identifier
                | Self::CapitalizedIdentifier
                | Self::LParen
                | Self::LBrack
                | Self::KwNew
                | Self::KwThis
                | Self::KwSuper
                | Self::BitwiseNot
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| *word));
        for (at, (mark, _)) in MARKS.iter().enumerate() {
            assert!(
                MARKS[..at]
                    .iter()
                    .all(|(before, _)| !mark.starts_with(before)),
                "{mark}"
            );
        }
        assert_eq!(Kind::of_word("in"), Kind::KwIn);
        assert_eq!(Kind::of_word("inn"), Kind::Identifier);
        assert_eq!(Kind::of_word("In"), Kind::CapitalizedIdentifier);
    }
}
