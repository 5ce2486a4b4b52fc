node {}
class A {}