// What go-jsonnet and the evaluator used here do not do alike, or what depends on the
// machine, is an error. `program` takes the guarded `std`, and what stands for its `+`
// and `%`.
function(program)
  // Of the integers below this one, every one is a number.
  local whole = 9007199254740992;
  local isWhole(n) = std.isNumber(n) && std.floor(n) == n && std.abs(n) < whole;
  local all(test, array) = std.length([1 for x in array if !test(x)]) == 0;

  // go-jsonnet writes 17 digits, as `0.10000000000000001`. Of a fraction with few bits
  // the shortest text is the exact one, and so the same.
  local isPlain(n) = isWhole(n) || (std.floor(n * 64) == n * 64 && std.abs(n) < 1e9);
  local isPlainWithin(value) =
    if std.isNumber(value) then isPlain(value)
    else if std.isArray(value) then all(isPlainWithin, value)
    else if std.isObject(value) then all(isPlainWithin, std.objectValues(value))
    else true;
  local plain(value) =
    if isPlainWithin(value) then value
    else error 'a number that becomes text has a fraction, or more than 15 digits, and its digits are not the same everywhere: write `%.2f`, say, for it';

  // Some are written as escapes by one and as they are by the other.
  local isPrintedCode(n) = n < 127 || (n > 159 && n != 8232 && n != 8233);
  local isPrinted(text) = all(function(c) isPrintedCode(std.codepoint(c)), std.stringChars(text));
  local isPrintedWithin(value) =
    if std.isString(value) then isPrinted(value)
    else if std.isArray(value) then all(isPrintedWithin, value)
    else if std.isObject(value) then
      all(isPrinted, std.objectFields(value)) && all(isPrintedWithin, std.objectValues(value))
    else true;
  local printed(value) =
    if isPrintedWithin(value) then value
    else error 'a text with U+007F to U+009F, U+2028 or U+2029 is not written the same everywhere';

  local refused(what, why) = error 'std.%s is not evaluated: %s' % [what, why];
  local rounded(what) = refused(what, 'its last digits depend on the machine');
  local outside(what) = refused(what, 'nothing but the file decides');
  local bare = 'keys without quotes are not written the same everywhere';
  local given(what, holds, why, result) = if holds then result else error 'std.%s: %s' % [what, why];

  // Sorting one element, or looking into none, does not ask for its key.
  local keyed(array, keyF, result) =
    if std.isArray(array) && !all(function(x) std.type(keyF(x)) != '', array) then null else result;

  // Formats: what stands between `%` and its letter.
  local digits = '0123456789';
  local directive(text) =
    local end = std.findSubstr(')', text);
    local named = std.startsWith(text, '(') && std.length(end) > 0;
    local flags = if named then text[end[0] + 1:] else text;
    local wide = std.lstripChars(flags, '#0- +');
    local narrow = std.lstripChars(wide, digits);
    local dotted = std.startsWith(narrow, '.');
    local precision = if dotted then narrow[1:] else '';
    local rest = if dotted then std.lstripChars(precision, digits) else narrow;
    local letter = std.lstripChars(rest, 'hlL');
    local count = std.length(precision) - std.length(rest);
    {
      key: if named then text[1:end[0]],
      hasFlags: std.length(flags) > std.length(wide),
      isWide: std.length(wide) - std.length(narrow) > 2 || count > 2,
      precision: if !dotted then 6 else if count <= 0 then 0 else if count > 2 then 99
      else std.parseInt(precision[0:count]),
      letter: if letter == '' then '' else letter[0],
    };
  // Halves are rounded up by go-jsonnet, which also multiplies first.
  local isRoundedAlike(n, precision) =
    local scaled = std.abs(n) * std.pow(10, precision);
    local part = scaled - std.floor(scaled);
    precision < 16 && scaled < 1e9 && (part == 0 || std.abs(part - 0.5) > 1e-6);
  local isFormattedAlike(code, value) =
    if std.member('fF', code.letter) then !std.isNumber(value) || isRoundedAlike(value, code.precision)
    else if std.member('eEgG', code.letter) then
      !std.isNumber(value) || (std.floor(value) == value && std.abs(value) < 1e5 && code.precision >= 5 && !code.hasFlags)
    else if std.member('diuoxXc', code.letter) then !std.isNumber(value) || isWhole(value)
    else code.letter == '' || isPlainWithin(value);
  local formatted(text, values) =
    local pieces = std.split(std.strReplace(text, '%%', ''), '%');
    local codes = [directive(piece) for piece in pieces[1:]];
    local list = if std.isArray(values) then values else [values];
    local value(i) =
      local key = codes[i].key;
      if key == null then (if i < std.length(list) then list[i])
      else if std.isObject(values) && std.objectHasAll(values, key) then values[key];
    local isAlike(i) = isFormattedAlike(codes[i], value(i));
    if std.length(pieces) < 2 then std.format(text, values)
    else if std.length([code for code in codes if code.isWide]) > 0 then
      error 'a width or precision above 99 is not formatted the same everywhere'
    else if std.length([code for code in codes if code.letter == '*']) > 0 then
      error 'a width or precision that is a value (`*`) is not read: write it into the format'
    else if !std.isObject(values) && std.length([code for code in codes if code.key != null]) > 0 then
      error 'a format that names fields, of something that is no object'
    else if all(isAlike, std.range(0, std.length(codes) - 1)) then std.format(text, values)
    else error 'a number with a fraction, or a large one, is not formatted the same everywhere: round it first, and write `%d` or `%.2f`, say, for it';

  local guarded = std {
    // Names that go-jsonnet's own has beside these.
    id(x):: x,
    '$flatMapArray':: error 'not for use',
    '$objectFlatMerge':: error 'not for use',

    extVar(x):: outside('extVar'),
    native(name):: outside('native'),
    trace(str, rest):: outside('trace'),

    sin(x):: rounded('sin'),
    cos(x):: rounded('cos'),
    tan(x):: rounded('tan'),
    asin(x):: rounded('asin'),
    acos(x):: rounded('acos'),
    atan(x):: rounded('atan'),
    atan2(y, x):: rounded('atan2'),
    exp(n):: rounded('exp'),
    log(n):: rounded('log'),
    log2(x):: rounded('log2'),
    log10(x):: rounded('log10'),
    hypot(a, b):: rounded('hypot'),
    deg2rad(x):: rounded('deg2rad'),
    rad2deg(x):: rounded('rad2deg'),
    pow(x, n):: given(
      'pow',
      isWhole(x) && isWhole(n) && n >= 0 && isWhole(super.pow(x, n)),
      'only of whole numbers, and with a whole result: the last digits of others depend on the machine',
      super.pow(x, n)
    ),
    round(x):: given(
      'round',
      !std.isNumber(x) || std.abs(x - std.floor(x) - 0.5) > 1e-9 || (x > 0 && x - std.floor(x) == 0.5),
      'halves below zero are not rounded the same everywhere: use std.floor',
      super.round(x)
    ),
    isEven(x):: given('isEven', !std.isNumber(x) || isWhole(x), 'only of whole numbers', super.isEven(x)),
    isOdd(x):: given('isOdd', !std.isNumber(x) || isWhole(x), 'only of whole numbers', super.isOdd(x)),
    xor(x, y):: given('xor', std.isBoolean(x) && std.isBoolean(y), 'expected booleans', super.xor(x, y)),
    xnor(x, y):: given('xnor', std.isBoolean(x) && std.isBoolean(y), 'expected booleans', super.xnor(x, y)),

    parseYaml(str):: refused('parseYaml', 'YAML is read in more than one way; use std.parseJson'),
    manifestToml(value):: refused('manifestToml', 'it is not written the same everywhere'),
    manifestTomlEx(value, indent):: refused('manifestTomlEx', 'it is not written the same everywhere'),
    manifestIni(ini):: super.manifestIni(plain(ini)),
    manifestPython(v):: super.manifestPython(plain(printed(v))),
    manifestPythonVars(conf):: super.manifestPythonVars(plain(printed(conf))),
    manifestXmlJsonml(value):: super.manifestXmlJsonml(plain(value)),
    manifestJson(value):: super.manifestJson(plain(printed(value))),
    manifestJsonMinified(value):: super.manifestJsonMinified(plain(printed(value))),
    manifestJsonEx(value, indent, newline='\n', key_val_sep=': ')::
      super.manifestJsonEx(plain(printed(value)), indent, newline, key_val_sep),
    manifestYamlDoc(value, indent_array_in_object=false, quote_keys=true)::
      given('manifestYamlDoc', quote_keys == true, bare, super.manifestYamlDoc(plain(printed(value)), indent_array_in_object)),
    manifestYamlStream(value, indent_array_in_object=false, c_document_end=true, quote_keys=true)::
      given(
        'manifestYamlStream', quote_keys == true, bare, super.manifestYamlStream(plain(printed(value)), indent_array_in_object, c_document_end)
      ),
    toString(a):: super.toString(plain(a)),
    escapeStringJson(str):: super.escapeStringJson(plain(str)),
    escapeStringPython(str):: super.escapeStringPython(plain(str)),
    escapeStringBash(str):: super.escapeStringBash(plain(str)),
    escapeStringDollars(str):: super.escapeStringDollars(plain(str)),
    escapeStringXML(str):: super.escapeStringXML(plain(str)),
    format(str, vals):: formatted(str, vals),
    mod(a, b):: if std.isString(a) then formatted(a, b) else super.mod(a, b),

    base64(input)::
      if std.isString(input) then super.base64(std.encodeUTF8(input))
      else given('base64', all(isWhole, input), 'only of whole numbers', super.base64(input)),
    base64Decode(str)::
      local text = std.decodeUTF8(std.base64DecodeBytes(str));
      given('base64Decode', !std.member(text, '\uFFFD'), 'the bytes are no text: use std.base64DecodeBytes', text),
    char(n):: given('char', isWhole(n) && n >= 0, 'expected a whole number from zero', super.char(n)),
    substr(str, from, len)::
      given('substr', isWhole(from) && isWhole(len) && len < 1e9, 'expected whole numbers', super.substr(str, from, len)),
    splitLimit(str, c, maxsplits)::
      given('splitLimit', isWhole(maxsplits) && std.abs(maxsplits) < 1e9, 'expected a whole number', super.splitLimit(str, c, maxsplits)),
    splitLimitR(str, c, maxsplits)::
      given('splitLimitR', isWhole(maxsplits) && std.abs(maxsplits) < 1e9, 'expected a whole number', super.splitLimitR(str, c, maxsplits)),

    strReplace(str, from, to)::
      given('strReplace', from != '', 'nothing to replace', super.strReplace(str, from, to)),
    isEmpty(str):: given('isEmpty', std.isString(str), 'expected a string', super.isEmpty(str)),

    reverse(arr):: given('reverse', std.isArray(arr), 'expected an array', super.reverse(arr)),
    removeAt(arr, at)::
      given('removeAt', isWhole(at) && 0 <= at && at < std.length(arr), 'no such element', super.removeAt(arr, at)),
    mapWithIndex(func, arr):: super.mapWithIndex(function(i, x) func(i, x), arr),
    mapWithKey(func, obj):: super.mapWithKey(function(k, v) func(k, v), obj),
    sort(arr, keyF=function(x) x):: keyed(arr, keyF, super.sort(arr, keyF)),
    uniq(arr, keyF=function(x) x):: keyed(arr, keyF, super.uniq(arr, keyF)),
    set(arr, keyF=function(x) x):: keyed(arr, keyF, super.set(arr, keyF)),
    minArray(arr, keyF=function(x) x, onEmpty=error 'expected an array with at least one element')::
      keyed(arr, keyF, super.minArray(arr, keyF, onEmpty)),
    maxArray(arr, keyF=function(x) x, onEmpty=error 'expected an array with at least one element')::
      keyed(arr, keyF, super.maxArray(arr, keyF, onEmpty)),
    setMember(x, arr, keyF=function(x) x):: given(
      'setMember',
      std.member(['string', 'number', 'array'], std.type(keyF(x))),
      'expected a key that can be compared',
      keyed(arr, keyF, super.setMember(x, arr, keyF))
    ),
  };

  local add(a, b) =
    if std.isString(a) then a + plain(b)
    else if std.isString(b) then plain(a) + b
    else a + b;
  local remainder(a, b) = if std.isString(a) then formatted(a, b) else a % b;

  program(guarded, add, remainder)
