// Mutation operators: each looks at one node of a syntax tree and returns the texts that may stand in its place.
import ts from 'typescript'

const K = ts.SyntaxKind

const binary = new Map([
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['*']],
  [K.AsteriskAsteriskToken, ['*']],
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.AmpersandToken, ['|']],
  [K.BarToken, ['&']],
  [K.CaretToken, ['|']],
  [K.LessThanLessThanToken, ['>>']],
  [K.GreaterThanGreaterThanToken, ['<<']],
  [K.GreaterThanGreaterThanGreaterThanToken, ['<<']],
  [K.PlusEqualsToken, ['-=']],
  [K.MinusEqualsToken, ['+=']],
  [K.AsteriskEqualsToken, ['/=']],
])
const terms = new Set([K.PlusToken, K.MinusToken, K.AsteriskToken, K.SlashToken])

const functions = new Map(
  [
    ['add', 'sub'],
    ['mul', 'div'],
    ['maximum', 'minimum'],
    ['max', 'min'],
    ['sum', 'mean'],
    ['less', 'greater'],
    ['lessEqual', 'greaterEqual'],
    ['floor', 'ceil'],
    ['every', 'some'],
    ['zeros', 'ones'],
    ['cos', 'sin'],
  ].flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]),
)
const tensorPairs = new Set(['add', 'sub', 'mul', 'div'])
const commutative = new Set(['add', 'mul', 'max', 'min', 'maximum', 'minimum', 'equal', 'notEqual', 'imul', 'sum'])

const nameOf = (callee) =>
  ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? callee.name.text : ''

const isNumber = (type) => (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) !== 0

/** A value for an index that cannot be missing, which the compiler's `noUncheckedIndexedAccess` asks for. */
const isFallback = ({ parent }, node) =>
  (ts.isPrefixUnaryExpression(parent) && isFallback(parent, parent)) ||
  (ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === K.QuestionQuestionToken &&
    parent.right === node &&
    (ts.isElementAccessExpression(parent.left) || /\.at\(-?\d+\)$/.test(parent.left.getText())))

/**
 * Tells whether a number is the count of a split. The first keys of a split do not depend on it, so one more changes
 * nothing.
 */
const isCountOfSplit = ({ parent }) => ts.isCallExpression(parent) && /^split(Mode)?$/.test(nameOf(parent.expression))

const literal = (node) => {
  const value = Number(node.text)
  if (isFallback(node, node)) return []
  if (isCountOfSplit(node)) return [String(value - 1)]
  if (value === 0) return ['1']
  if (value === 1) return ['0', '2']
  return [String(Number.isInteger(value) ? value + 1 : value * 1.25)]
}

const ofBinary = (node, { text, checker }) => {
  const [left, right] = [text(node.left), text(node.right)]
  const kind = node.operatorToken.kind
  if (kind === K.PlusToken && !isNumber(checker.getTypeAtLocation(node))) return []
  const others = (binary.get(kind) ?? []).map((other) => `${left} ${other} ${right}`)
  return terms.has(kind) ? [...others, left] : others
}

const swapped = (list, at) => list.map((item, i) => (i === at ? list[at + 1] : i === at + 1 ? list[at] : item))

/** Neighbouring arguments of one type, exchanged. */
const ofArguments = (node, { text, checker }) => {
  if (commutative.has(nameOf(node.expression))) return []
  const types = node.arguments.map((argument) =>
    checker.typeToString(checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(argument))),
  )
  const given = node.arguments.map(text)
  return given.flatMap((_, i) =>
    i + 1 < given.length && types[i] === types[i + 1] && given[i] !== given[i + 1]
      ? [`${text(node.expression)}(${swapped(given, i).join(', ')})`]
      : [],
  )
}

const ofCall = (node, context) => {
  const { text } = context
  const name = nameOf(node.expression)
  const other = functions.get(name)
  const rest = `(${node.arguments.map(text).join(', ')})`
  const callee = text(node.expression)
  const isMethod = ts.isPropertyAccessExpression(node.expression)
  const known = other !== undefined && (isMethod ? !tensorPairs.has(name) : context.names.has(other))
  return [
    ...(known ? [`${callee.slice(0, callee.length - name.length)}${other}${rest}`] : []),
    ...(tensorPairs.has(name) && !isMethod && node.arguments.length === 2 ? [text(node.arguments[0])] : []),
    ...ofArguments(node, context),
  ]
}

/** A key, or a mode that holds one, in place of another that was made beside it. */
const ofKey = (node, { checker }) => {
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration
  if (declaration === undefined || !ts.isBindingElement(declaration) || declaration.name === node) return []
  if (!ts.isArrayBindingPattern(declaration.parent) || !/^(Key|Mode|number|Tensor.*)$/.test(typeName(checker, node)))
    return []
  const names = declaration.parent.elements.flatMap((e) =>
    ts.isBindingElement(e) && ts.isIdentifier(e.name) ? [e.name.text] : [],
  )
  const at = names.indexOf(node.text)
  const sibling = names[at === 0 ? 1 : at - 1]
  return sibling === undefined ? [] : [sibling]
}

const typeName = (checker, node) => checker.typeToString(checker.getTypeAtLocation(node))

/** True if an identifier is a value that is read, not a name that is declared or a property. */
const isRead = ({ parent }, node) =>
  !(ts.isBindingElement(parent) || ts.isPropertyAccessExpression(parent) || ts.isParameter(parent)) &&
  !(ts.isShorthandPropertyAssignment(parent) || (ts.isPropertyAssignment(parent) && parent.name === node))

const ofStatement = (node, { text }) => {
  if (ts.isExpressionStatement(node)) return [';']
  if (!ts.isIfStatement(node)) return []
  const tail = text(node).slice(node.expression.end + 1 - node.getStart())
  return [`if (!(${text(node.expression)}))${tail}`, `if (false as boolean)${tail}`]
}

/** The texts that may stand in place of a node. */
export const replacements = (node, context) => {
  const { text } = context
  if (ts.isBinaryExpression(node)) return ofBinary(node, context)
  if (ts.isNumericLiteral(node))
    return ts.isPropertyAssignment(node.parent) && node.parent.name === node ? [] : literal(node)
  if (node.kind === K.TrueKeyword) return ['false']
  if (node.kind === K.FalseKeyword) return ['true']
  if (ts.isPrefixUnaryExpression(node) && [K.ExclamationToken, K.MinusToken].includes(node.operator))
    return isFallback(node, node) ? [] : [text(node.operand)]
  if (ts.isConditionalExpression(node))
    return [`${text(node.condition)} ? ${text(node.whenFalse)} : ${text(node.whenTrue)}`]
  if (ts.isSpreadAssignment(node)) return ['...{}']
  if (ts.isCallExpression(node)) return ofCall(node, context)
  if (ts.isIdentifier(node) && isRead(node, node)) return ofKey(node, context)
  return ofStatement(node, context)
}
