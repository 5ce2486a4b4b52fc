@Canonical
final class A {}