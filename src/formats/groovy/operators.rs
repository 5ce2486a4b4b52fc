//! What stands between operands, and how tightly it binds them.

use super::token::Kind;
use super::tree::Inner;

/// How tightly the operand of a sign, a cast or a spread is bound.
pub(super) const UNARY: u8 = 34;
/// As tight as calls.
pub(super) const CALL: u8 = 40;
/// As loose as `?` and `:`.
pub(super) const TERNARY: u8 = 4;

/// Something after an operand.
pub(super) enum Operator {
    /// `?`, with a `:` to come.
    Ternary,
    /// `++` or `--`.
    Postfix,
    /// A dot and its relatives.
    Member(Inner),
    /// `::`
    MethodRef,
    /// `(`, or the `{` of a closure.
    Call,
    /// `[`
    Index,
    /// What has a type on its right.
    Typed(Inner),
    /// What has another operand on its right, which binds more tightly than that.
    Binary(Inner, u8),
}

/// Returns what `kind` is after an operand, and how tightly it binds.
pub(super) fn of(kind: Kind) -> Option<(u8, Operator)> {
    let left = |power: u8| (power, Operator::Binary(Inner::BinaryExpr, power));
    Some(match kind {
        Kind::Assign
        | Kind::PlusAssign
        | Kind::MinusAssign
        | Kind::StarAssign
        | Kind::DivAssign
        | Kind::ModAssign
        | Kind::PowerAssign
        | Kind::BitwiseAndAssign
        | Kind::BitwiseOrAssign
        | Kind::BitwiseXorAssign
        | Kind::LeftShiftAssign
        | Kind::RightShiftAssign
        | Kind::UnsignedRightShiftAssign
        | Kind::ElvisAssign => (2, Operator::Binary(Inner::AssignExpr, 1)),
        Kind::Question => (TERNARY, Operator::Ternary),
        Kind::Elvis => (6, Operator::Binary(Inner::ElvisExpr, 5)),
        Kind::Implication => left(8),
        Kind::Or => left(10),
        Kind::And => left(12),
        Kind::BitwiseOr => left(14),
        Kind::BitwiseXor => left(16),
        Kind::BitwiseAnd => left(18),
        Kind::Equal
        | Kind::NotEqual
        | Kind::Spaceship
        | Kind::IdentityEqual
        | Kind::IdentityNotEqual
        | Kind::Regex
        | Kind::Match => left(20),
        Kind::Lt | Kind::Gt | Kind::LtEqual | Kind::GtEqual | Kind::KwIn | Kind::NotIn => left(22),
        Kind::KwInstanceof | Kind::NotInstanceof => (22, Operator::Typed(Inner::InstanceofExpr)),
        Kind::KwAs => (22, Operator::Typed(Inner::CastExpr)),
        Kind::LeftShift | Kind::RightShift | Kind::UnsignedRightShift => left(24),
        Kind::Range | Kind::HalfOpenRight => (26, Operator::Binary(Inner::RangeExpr, 26)),
        Kind::Plus | Kind::Minus => left(28),
        Kind::Star | Kind::Div | Kind::Mod => left(30),
        Kind::Power => (32, Operator::Binary(Inner::BinaryExpr, 31)),
        Kind::Inc | Kind::Dec => (36, Operator::Postfix),
        Kind::Dot => (38, Operator::Member(Inner::PropertyExpr)),
        Kind::SafeNav => (38, Operator::Member(Inner::SafeNavExpr)),
        Kind::Spread => (38, Operator::Member(Inner::SpreadPropertyExpr)),
        Kind::MethodPointer => (38, Operator::Member(Inner::MethodPointerExpr)),
        Kind::FieldAccess => (38, Operator::Member(Inner::FieldAccessExpr)),
        Kind::MethodRef => (38, Operator::MethodRef),
        Kind::LParen | Kind::LBrace => (CALL, Operator::Call),
        Kind::LBrack | Kind::SafeIndex => (CALL, Operator::Index),
        _ => return None,
    })
}
