switch (x)
{
}