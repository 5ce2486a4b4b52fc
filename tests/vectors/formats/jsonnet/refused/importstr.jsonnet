local t = importstr "x.txt";
{}
